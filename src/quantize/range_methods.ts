import { closestString } from "../std/text.ts";
import { tf } from "./methods/tf.ts";
import type { RangeMethod } from "./range_method.ts";

/** Every range method by the name users type; help texts and types come from this table. */
const METHODS = { tf } as const;

/** The name of a range method. */
export type RangeMethodName = keyof typeof METHODS;

/** Every range method by name. */
export const RANGE_METHODS: Readonly<Record<RangeMethodName, RangeMethod>> = METHODS;

/** Whether there is a range method of this name. */
export function isRangeMethodName(name: string): name is RangeMethodName {
  return Object.hasOwn(METHODS, name);
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
        closestString(name, Object.keys(METHODS))
      }"? Known are ${Object.keys(METHODS).join(", ")}`,
    );
  }
  const method = RANGE_METHODS[name];
  if (!method[use]) throw new RangeError(`Cannot use range method "${name}" for ${use}`);
  return method;
}
