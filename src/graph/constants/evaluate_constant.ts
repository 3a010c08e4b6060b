import type { DenseTensor } from "../../tensor/mod.ts";
import type { ConstantCall } from "./constant_operator.ts";
import { COMPUTATION } from "./compute_elements.ts";
import { MOVEMENT } from "./move_elements.ts";

/** The most elements a tensor may have to be held and computed with here. */
export const MAX_CONSTANT_ELEMENTS = 65536;

const OPERATORS = { ...COMPUTATION, ...MOVEMENT };

/** Whether {@linkcode evaluateConstant} knows an operator. */
export function canEvaluateConstant(operator: string): boolean {
  return Object.hasOwn(OPERATORS, operator);
}

/**
 * Computes a node whose inputs are small tensors in memory: shape arithmetic.
 *
 * @returns The outputs, or `undefined` if the operator is not known here or numbers do not fit.
 */
export function evaluateConstant(call: ConstantCall): readonly DenseTensor[] | undefined {
  if (!Object.hasOwn(OPERATORS, call.node.operator)) return undefined;
  return OPERATORS[call.node.operator]?.(call);
}
