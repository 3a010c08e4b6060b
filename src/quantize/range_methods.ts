import { closestString } from "../std/text.ts";
import { tf } from "./methods/tf.ts";
import type { RangeMethod } from "./range_method.ts";

/** Every range method by the name users type; help texts and types come from this table. */
export const RANGE_METHODS: {
  /** SNPE's default. */
  readonly tf: RangeMethod;
} = { tf };

/** The name of a range method. */
export type RangeMethodName = keyof typeof RANGE_METHODS;

/** Whether there is a range method of this name. */
export function isRangeMethodName(name: string): name is RangeMethodName {
  return Object.hasOwn(RANGE_METHODS, name);
}

/**
 * Looks up a range method for weights or activations.
 *
 * @throws {RangeError} If there is none of this name, or it is not for this kind of tensor.
 */
export function rangeMethod(name: string, use: "weights" | "activations"): RangeMethod {
  if (!isRangeMethodName(name)) {
    throw new RangeError(
      `Cannot find range method "${name}": did you mean "${
        closestString(name, Object.keys(RANGE_METHODS))
      }"? Known are ${Object.keys(RANGE_METHODS).join(", ")}`,
    );
  }
  const method = RANGE_METHODS[name];
  if (!method[use]) throw new RangeError(`Cannot use range method "${name}" for ${use}`);
  return method;
}
