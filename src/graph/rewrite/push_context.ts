import type { TensorReference } from "../../tensor/mod.ts";
import type { Attribute } from "../model.ts";
import type { OperatorCall } from "../operators/operator_schema.ts";
import type { Order } from "./permutation.ts";

/** A value seen as the Transpose of another one. */
export interface Transposed {
  /** The other value. */
  readonly source: string;
  /** The order; the identity if both are the same. */
  readonly order: Order;
}

/** What a rule needs from the rewrite around it. */
export interface PushContext {
  /** The node with the types of its inputs as they are in the model. */
  readonly call: OperatorCall;
  /** Shapes of its outputs. */
  readonly outputShapes: readonly (readonly number[])[];
  /** Its inputs; `undefined` for constants and those left out. */
  readonly forms: readonly (Transposed | undefined)[];
  /** The constant behind an input. */
  readonly constant: (index: number) => TensorReference | undefined;
  /** Puts a Transpose in front and returns the name of its output. */
  readonly transpose: (source: string, order: Order) => string;
  /** Adds a constant and returns its name. */
  readonly addConstant: (wish: string, reference: TensorReference) => string;
  /** Adds a constant of integers and returns its name. */
  readonly addIntegers: (wish: string, integers: readonly number[]) => string;
}

/** A node that works on the untransposed values, and how its outputs are transposed then. */
export interface PushedNode {
  /** Inputs of the new node. */
  readonly inputs: readonly string[];
  /** Its attributes. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Its operator, if that changes. */
  readonly operator?: string;
  /** Each old output is the new one in this order. */
  readonly order: Order;
}

/** A rule for one kind of operator; `undefined` where it does not allow the move. */
export type PushRule = (context: PushContext) => PushedNode | undefined;

/** Input 0 as a Transpose. */
export function firstForm({ forms }: PushContext): Transposed {
  return forms[0] ?? { source: "", order: [] };
}

/** The inputs with the untransposed value in front. */
export function replaceFirst({ call, forms }: PushContext): readonly string[] {
  return call.node.inputs.with(0, forms[0]?.source ?? "");
}
