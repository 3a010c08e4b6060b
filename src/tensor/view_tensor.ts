import type { TensorReference, View } from "./tensor_reference.ts";

/**
 * Puts a view on a tensor. Nothing is read. Views that undo each other vanish (inverse permutes,
 * quantize after dequantize of an equal encoding), neighbours of one kind become one.
 *
 * @param reference The tensor.
 * @param view What shall happen to its elements.
 * @returns A reference with the new dtype and shape.
 * @throws {RangeError} If the view does not fit the tensor's shape or dtype.
 */
export function viewTensor(reference: TensorReference, view: View): TensorReference {
  throw new Error(`being built: ${reference.name} ${view.kind}`);
}
