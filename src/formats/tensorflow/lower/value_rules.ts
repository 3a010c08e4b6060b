import type { TensorflowNode } from "../proto/read_node_def.ts";
import { badNode, unsupportedNode } from "../unsupported_node.ts";
import type { GraphScope } from "./graph_scope.ts";
import type { Value } from "./value.ts";

/** Says what a node hands on. */
export type ValueRule = (call: NodeCall) => Value[] | Promise<Value[]>;

/** A node whose inputs are known. */
export interface NodeCall {
  /** The node as the file has it. */
  readonly node: TensorflowNode;
  /** What it reads. */
  readonly inputs: readonly Value[];
  /** The nodes around it. */
  readonly scope: GraphScope;
  /** Its name with those of the calls around it. */
  readonly name: string;
  /** Its operator. */
  readonly operator: string;
}

function passOn({ inputs }: NodeCall): Value[] {
  return inputs.slice(0, 1);
}

function passAll({ inputs }: NodeCall): Value[] {
  return [...inputs];
}

function variable({ node, name, scope, operator }: NodeCall): Value[] {
  if (scope.depth > 0) {
    throw unsupportedNode({ name, operator }, "it makes a variable inside a function");
  }
  return [{ kind: "variable", name: node.name }];
}

function unnamedInput(call: NodeCall): Value[] {
  throw badNode(call, "it is an input of a function's body, expected an argument");
}

/** Operators that hand on what they get, whatever it is. */
export const VALUE_RULES: ReadonlyMap<string, ValueRule> = new Map(Object.entries<ValueRule>({
  Assert: () => [],
  CheckNumerics: passOn,
  CheckNumericsV2: passOn,
  DebugIdentity: passOn,
  EnsureShape: passOn,
  Identity: passOn,
  IdentityN: passAll,
  NoOp: () => [],
  Placeholder: unnamedInput,
  PlaceholderV2: unnamedInput,
  PlaceholderWithDefault: passOn,
  PreventGradient: passOn,
  RefIdentity: passOn,
  Snapshot: passOn,
  StopGradient: passOn,
  VarHandleOp: variable,
  Variable: variable,
  VariableV2: variable,
}));
