import { MemoryLimitError } from "../errors.ts";
import { allocate, type KernelBuffer } from "../kernels/mod.ts";
import {
  byteLengthOf,
  countElements,
  createTensorData,
  type DenseTensor,
  type TensorData,
  viewTensorData,
} from "../tensor/mod.ts";

/** Half of kernel memory: reading weights needs some, too. */
const MAX_BYTES = 512 * 2 ** 20;

/** The pieces of kernel memory that are in use, by the view that was handed out. */
const buffers = new WeakMap<TensorData, KernelBuffer>();
let bytesInUse = 0;

/**
 * Makes a tensor with undefined elements, in kernel memory while there is room: there the engine
 * writes, kernels work in place, and what is freed is used again at once. (The system's allocator
 * keeps several times as much after a while, and the garbage collector comes late.)
 *
 * Must be given back with {@linkcode freeTensor}.
 */
export function allocateTensor({ dtype, shape }: Omit<DenseTensor, "data">): DenseTensor {
  const elements = countElements(shape);
  const byteLength = byteLengthOf(dtype, elements);
  if (bytesInUse + byteLength <= MAX_BYTES) {
    try {
      const buffer = allocate(byteLength);
      const data = viewTensorData(dtype, buffer.bytes(), elements);
      buffers.set(data, buffer);
      bytesInUse += byteLength;
      return { dtype, shape, data };
    } catch (error) {
      // Others fill it: any memory does.
      if (!(error instanceof MemoryLimitError)) throw error;
    }
  }
  return { dtype, shape, data: createTensorData(dtype, elements) };
}

/**
 * Gives the memory of a tensor back now. Views of memory that belongs to others stay as they are; a
 * second call does nothing.
 */
export function freeTensor({ data }: DenseTensor): void {
  const buffer = buffers.get(data);
  if (buffer !== undefined) {
    buffers.delete(data);
    bytesInUse -= buffer.byteLength;
    buffer[Symbol.dispose]();
  } else if (
    data.buffer instanceof ArrayBuffer && !data.buffer.detached &&
    data.buffer.byteLength === data.byteLength
  ) {
    data.buffer.transfer(0);
  }
}

/** Moves a tensor to memory that needs not be given back; frees where it was. */
export function releaseTensor(tensor: DenseTensor): DenseTensor {
  if (!buffers.has(tensor.data)) return tensor;
  const copy = { ...tensor, data: tensor.data.slice() };
  freeTensor(tensor);
  return copy;
}
