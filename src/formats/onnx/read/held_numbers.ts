import { bitsPerElement, countElements, type TensorReference } from "../../../tensor/mod.ts";

/**
 * The elements of a small tensor as numbers, if it is in memory without views and of a type that
 * axes, sizes, scales and flags have; otherwise `undefined`.
 */
export function heldNumbers(reference: TensorReference | undefined): number[] | undefined {
  if (reference?.storage.kind !== "bytes" || reference.views.length > 0) return undefined;
  const { dtype, shape, storage: { bytes } } = reference;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stride = bitsPerElement(dtype) / 8;
  const numbers: number[] = [];
  for (let index = 0; index < countElements(shape); index++) {
    const position = index * stride;
    if (dtype === "float32") numbers.push(view.getFloat32(position, true));
    else if (dtype === "float64") numbers.push(view.getFloat64(position, true));
    else if (dtype === "int64") numbers.push(Number(view.getBigInt64(position, true)));
    else if (dtype === "int32") numbers.push(view.getInt32(position, true));
    else if (dtype === "bool") numbers.push(view.getUint8(position));
    else return undefined;
  }
  return numbers;
}
