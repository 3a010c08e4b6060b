import {
  countElements,
  type DenseTensor,
  type TensorReference,
  unpackInt4,
} from "../../tensor/mod.ts";
import type { Model } from "../model.ts";
import { allocateElements, toIntegers, toNumbers } from "./constant_values.ts";

/**
 * The elements of a tensor that is held in memory as it is, or changed in shape only.
 *
 * @returns The elements, or `undefined` if they lie in a file or behind other views.
 */
export function heldTensor(reference: TensorReference): DenseTensor | undefined {
  const { dtype, shape, storage, views } = reference;
  if (storage.kind !== "bytes" || views.some((view) => view.kind !== "reshape")) return undefined;
  const data = allocateElements(dtype, countElements(shape));
  if (dtype === "int4" || dtype === "uint4") {
    if (data instanceof Int8Array || data instanceof Uint8Array) unpackInt4(storage.bytes, data);
  } else {
    new Uint8Array(data.buffer).set(storage.bytes.subarray(0, data.byteLength));
  }
  return { dtype, shape, data };
}

/**
 * The elements of a small constant: a setting such as a shape, pads, axes or a Clip bound.
 * `buildModel` brings all of those into memory; weights stay in their files.
 *
 * @param model The model.
 * @param name The name of an initializer.
 * @returns The elements, or `undefined` if `name` is no initializer that is held in memory.
 */
export function constantTensor(
  model: Pick<Model, "initializers">,
  name: string,
): DenseTensor | undefined {
  const reference = model.initializers.get(name);
  return reference === undefined ? undefined : heldTensor(reference);
}

/**
 * The elements of a small constant as numbers, 64-bit integers saturated to safe integers.
 *
 * @param model The model.
 * @param name The name of an initializer.
 * @returns The elements, or `undefined` if `name` is no initializer that is held in memory.
 */
export function constantNumbers(
  model: Pick<Model, "initializers">,
  name: string,
): readonly number[] | undefined {
  const tensor = constantTensor(model, name);
  return tensor === undefined ? undefined : toNumbers(tensor);
}

/**
 * The elements of a small constant as integers, saturated to safe integers.
 *
 * @param model The model.
 * @param name The name of an initializer.
 * @returns The elements, or `undefined` if `name` is no initializer that is held in memory.
 */
export function constantIntegers(
  model: Pick<Model, "initializers">,
  name: string,
): readonly number[] | undefined {
  const tensor = constantTensor(model, name);
  return tensor === undefined ? undefined : toIntegers(tensor);
}
