import { FormatError, UnsupportedError } from "../../../errors.ts";
import type { ProblemCollector } from "../../../problem_collector.ts";
import { constantReference } from "../proto/constant_reference.ts";
import type { FunctionName } from "../proto/read_attr_value.ts";
import type { TensorflowFunction } from "../proto/read_function_def.ts";
import type { TensorflowNode } from "../proto/read_node_def.ts";
import { mergePatterns } from "../program/merge_patterns.ts";
import { badNode, unsupportedNode } from "../unsupported_node.ts";
import { functionAttribute, resolveAll } from "./function_attribute.ts";
import { type GraphScope, parseReference } from "./graph_scope.ts";
import { GraphVariables, type GraphVariablesParts } from "./graph_variables.ts";
import type { ModelAssembly } from "./model_assembly.ts";
import { NodeLowering } from "./node_lowering.ts";
import { OPERATOR_RULES, reasonAgainst } from "./operators.ts";
import { orderNodes, readsBack } from "./order_nodes.ts";
import { isMissing, outputOf, tensor, type Value } from "./value.ts";
import { type NodeCall, VALUE_RULES } from "./value_rules.ts";

/** What {@linkcode GraphLowering} starts from. */
export interface GraphLoweringParts extends GraphVariablesParts {
  /** The graph's library. */
  readonly functions: ReadonlyMap<string, TensorflowFunction>;
  /** Takes problems, so that lowering goes on; without it the first one ends it. */
  readonly problems: ProblemCollector | undefined;
  /** Ends the work early. */
  readonly signal: AbortSignal | undefined;
}

/** Lowers the nodes of a graph, and of functions where they are called. */
export class GraphLowering {
  /** The model so far. */
  readonly model: ModelAssembly;
  /** What each node that was lowered hands on, by its full name. */
  readonly values = new Map<string, readonly Value[]>();
  readonly #parts: GraphLoweringParts;
  readonly #variables: GraphVariables;

  /** Lowers nothing yet. */
  constructor(parts: GraphLoweringParts) {
    this.#parts = parts;
    this.model = parts.model;
    this.#variables = new GraphVariables(parts);
  }

  /**
   * Lowers what outputs depend on.
   *
   * @param scope The nodes.
   * @param references The outputs.
   * @returns What each of them hands on.
   */
  async lower(scope: GraphScope, references: readonly string[]): Promise<readonly Value[]> {
    const { file, signal } = this.#parts;
    const merged = { ...scope, nodes: mergePatterns(scope.nodes, references) };
    const local = new Map<string, readonly Value[]>();
    for (const [name, value] of scope.given) local.set(name, [value]);
    for (const node of orderNodes(merged, references, file)) {
      signal?.throwIfAborted();
      const inputs = readsBack(node)
        ? []
        : node.inputs.map((input) => this.#find(local, input, node));
      const call = {
        node,
        inputs,
        scope: merged,
        name: scope.prefix + node.name,
        operator: node.operator,
      };
      const values = await this.#attempt(call);
      local.set(node.name, values);
      this.values.set(call.name, values);
    }
    return references.map((reference) => this.#find(local, reference));
  }

  #find(
    local: ReadonlyMap<string, readonly Value[]>,
    reference: string,
    reader?: TensorflowNode,
  ): Value {
    const { name, index } = parseReference(reference);
    const value = outputOf(local.get(name) ?? [], index);
    if (value !== undefined) return value;
    const who = reader === undefined ? "an output" : `node "${reader.name}" (${reader.operator})`;
    throw new FormatError(
      `Cannot read "${this.#parts.file}": ${who} reads "${reference}", which node "${name}" does ` +
        `not have`,
      { file: this.#parts.file, found: reference },
    );
  }

  /** Lowers a node; a problem that is collected leaves it without results. */
  async #attempt(call: NodeCall): Promise<readonly Value[]> {
    const { problems } = this.#parts;
    if (problems === undefined) return await this.#visit(call);
    return await problems.attempt(() => this.#visit(call)) ?? [{ kind: "failed" }];
  }

  async #visit(call: NodeCall): Promise<readonly Value[]> {
    const { node, inputs } = call;
    const rule = VALUE_RULES.get(node.operator);
    if (node.operator === "Merge" || node.operator === "RefMerge") return this.#merge(call);
    const missing = inputs.find(isMissing);
    if (missing !== undefined) {
      // With all problems wanted, those of operators show even behind a failed node.
      if (missing.kind === "failed") this.#requireRule(call);
      return [missing];
    }
    if (rule !== undefined) return await rule(call);
    switch (node.operator) {
      case "Const":
        return [await this.#constant(call)];
      case "If":
      case "StatelessIf":
        return await this.#choose(call);
      case "PartitionedCall":
      case "StatefulPartitionedCall":
        return await this.#call(call, functionAttribute(call, "f"), inputs);
      case "ReadVariableOp":
        return [tensor(await this.#variables.tensorOf(call, inputs[0]))];
      case "Switch":
      case "RefSwitch":
        return await this.#switch(call);
    }
    if (this.#parts.functions.has(node.operator)) {
      const { operator: name, attributes } = node;
      return await this.#call(call, { name, attributes }, inputs);
    }
    this.#requireRule(call);
    return await this.#lowerTensors(call);
  }

  #requireRule(call: NodeCall): void {
    const { operator } = call.node;
    const known = OPERATOR_RULES.has(operator) || VALUE_RULES.has(operator) ||
      FLOW.has(operator) || this.#parts.functions.has(operator);
    if (!known) throw unsupportedNode(call, reasonAgainst(operator));
  }

  async #lowerTensors(call: NodeCall): Promise<readonly Value[]> {
    const { node, name, scope } = call;
    const inputs: string[] = [];
    for (const value of call.inputs) inputs.push(await this.#variables.tensorOf(call, value));
    const { placeholders } = scope;
    const lowering = new NodeLowering(this.model, { node, name, inputs, placeholders });
    try {
      const results = await OPERATOR_RULES.get(node.operator)?.(lowering) ?? [];
      return [results].flat().map(tensor);
    } catch (error) {
      throw this.#locate(error, call);
    }
  }

  /** Says which TensorFlow node an error is about, if it does not. */
  #locate(error: unknown, call: NodeCall): unknown {
    const known = error instanceof FormatError || error instanceof UnsupportedError;
    if (!known || error.message.includes(`"${call.name}" (${call.operator})`)) return error;
    return error instanceof FormatError
      ? badNode(call, error.message, error)
      : unsupportedNode(call, error.message, error);
  }

  async #constant(call: NodeCall): Promise<Value> {
    const value = call.node.attributes.get("value");
    if (value?.kind !== "tensor") throw badNode(call, `it has no tensor as attribute "value"`);
    const { signal } = this.#parts;
    const name = this.model.takeName(call.name);
    const reference = await constantReference(value.value, name, signal ? { signal } : {});
    this.model.addTensor(reference);
    return tensor(name);
  }

  /** Only the branch that a constant predicate names is alive. */
  async #switch(call: NodeCall): Promise<Value[]> {
    const [data, predicate] = call.inputs;
    const taken = await this.#predicate(call, predicate);
    const value = data ?? { kind: "dead" };
    return taken ? [{ kind: "dead" }, value] : [value, { kind: "dead" }];
  }

  #merge({ inputs }: NodeCall): Value[] {
    const failed = inputs.find(({ kind }) => kind === "failed");
    const alive = inputs.find(({ kind }) => kind !== "dead");
    return [failed ?? alive ?? { kind: "dead" }, { kind: "dead" }];
  }

  async #choose(call: NodeCall): Promise<readonly Value[]> {
    const [predicate, ...inputs] = call.inputs;
    const branch = await this.#predicate(call, predicate) ? "then_branch" : "else_branch";
    return await this.#call(call, functionAttribute(call, branch), inputs);
  }

  async #predicate(call: NodeCall, value: Value | undefined): Promise<boolean> {
    const name = await this.#variables.tensorOf(call, value);
    const dense = await this.model.constant(name);
    if (dense === undefined || dense.data.length !== 1) {
      throw unsupportedNode(
        call,
        `it chooses a branch by "${name}", which depends on data; supported are constants`,
      );
    }
    return Number(dense.data[0]) !== 0;
  }

  /** Lowers the body of a function in place of a call. */
  async #call(
    call: NodeCall,
    { name, attributes }: FunctionName,
    inputs: readonly Value[],
  ): Promise<readonly Value[]> {
    const body = this.#parts.functions.get(name);
    if (body === undefined) {
      throw badNode(call, `it calls function "${name}", which is not there`);
    }
    if (inputs.length !== body.arguments.length) {
      throw badNode(
        call,
        `it passes ${inputs.length} arguments, function "${name}" has ${body.arguments.length}`,
      );
    }
    const given = new Map<string, Value>();
    for (const [index, argument] of body.arguments.entries()) {
      given.set(argument, inputs[index] ?? { kind: "dead" });
    }
    return await this.lower({
      nodes: new Map(body.nodes.map((node) => [node.name, node])),
      given,
      prefix: `${call.name}/`,
      placeholders: resolveAll(attributes, call.scope.placeholders),
      depth: call.scope.depth + 1,
    }, body.results);
  }
}

/** Operators with rules of their own in {@linkcode GraphLowering}. */
const FLOW = new Set([
  "Const",
  "If",
  "Merge",
  "PartitionedCall",
  "ReadVariableOp",
  "RefMerge",
  "RefSwitch",
  "StatefulPartitionedCall",
  "StatelessIf",
  "Switch",
]);
