import type { DenseTensor } from "../../tensor/mod.ts";
import type { OperatorCall, TensorType } from "../operators/operator_schema.ts";

/** A node whose inputs are all in memory. */
export interface ConstantCall extends OperatorCall {
  /** Types of the outputs as inferred. */
  readonly outputs: readonly TensorType[];
}

/** Computes the outputs of a node; `undefined` if the numbers do not fit their type. */
export type ConstantOperator = (call: ConstantCall) => readonly DenseTensor[] | undefined;
