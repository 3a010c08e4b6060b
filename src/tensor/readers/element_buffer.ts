import { allocate } from "../../kernels/mod.ts";
import type { DataType } from "../data_type.ts";
import type { TensorData } from "../dense_tensor.ts";
import { heldBytesPerElement, viewTensorData } from "../tensor_data.ts";

/** Room for elements of one type in kernel memory. */
export interface ElementBuffer extends Disposable {
  /** The first `count` elements. */
  elements(count: number): TensorData;
  /** The bytes of the first `count` elements. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
}

/** Reserves room for elements in kernel memory. */
export function allocateElements(dtype: DataType, elements: number): ElementBuffer {
  const width = heldBytesPerElement(dtype);
  const buffer = allocate(elements * width);
  return {
    elements: (count) => viewTensorData(dtype, buffer.bytes(), count),
    bytes: (count) => buffer.bytes().subarray(0, count * width),
    [Symbol.dispose]: () => buffer[Symbol.dispose](),
  };
}
