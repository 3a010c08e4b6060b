import { type AxisOrder, simplifyOrder, stridesOf } from "./_axis_order.ts";
import { cutIntoBoxes, visitRuns } from "./_boxes.ts";
import { BLOCK_ELEMENTS, CALL_ADDRESS, INPUT_ADDRESS, MEMORY, OUTPUT_ADDRESS } from "./_memory.ts";
import { permute as permuteKernel } from "./kernels.wasm";

/** How the axes of an array change places. */
export interface PermuteOptions {
  /** The dimensions of the source, outermost first; at most 8. */
  readonly shape: readonly number[];
  /** Target axis `i` is source axis `order[i]`, as in ONNX Transpose. */
  readonly order: readonly number[];
  /** The size of an element. */
  readonly bytesPerElement: 1 | 2 | 4 | 8;
}

const MAX_RANK = 8;
const MAX_BOX_BYTES = BLOCK_ELEMENTS * 8;

/**
 * Copies a row-major array into the order of other axes, row-major again.
 *
 * @param source The elements; used in place if both arrays lie in kernel memory.
 * @param target As many bytes; must not overlap the source.
 * @param options The axes.
 * @throws {RangeError} If the axes are impossible or the arrays have another size.
 *
 * @example Transposing a matrix
 * ```ts
 * import { permute } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const target = new Uint8Array(6);
 * const source = new Uint8Array([1, 2, 3, 4, 5, 6]);
 * permute(source, target, { shape: [2, 3], order: [1, 0], bytesPerElement: 1 });
 * assertEquals([...target], [1, 4, 2, 5, 3, 6]);
 * ```
 */
export function permute(
  source: ArrayBufferView,
  target: ArrayBufferView,
  options: PermuteOptions,
): void {
  checkAxes(source, target, options);
  if (source.byteLength === 0) return;
  const from = bytesOf(source);
  const to = bytesOf(target);
  const axes = simplifyOrder({
    shape: options.shape,
    order: options.order,
    bytes: options.bytesPerElement,
  });
  if (axes.order.length < 2) {
    to.set(from);
  } else if (from.buffer === MEMORY && to.buffer === MEMORY) {
    runKernel(from.byteOffset, to.byteOffset, axes);
  } else {
    permuteByBoxes(from, to, axes);
  }
}

/** Carries boxes that fit the scratch memory in, and out again. */
function permuteByBoxes(source: Uint8Array, target: Uint8Array, axes: AxisOrder): void {
  const { shape, order, bytes } = axes;
  const targetShape = order.map((axis) => shape[axis] ?? 1);
  const input = new Uint8Array(MEMORY, INPUT_ADDRESS, MAX_BOX_BYTES);
  const output = new Uint8Array(MEMORY, OUTPUT_ADDRESS, MAX_BOX_BYTES);
  for (const box of cutIntoBoxes(shape, MAX_BOX_BYTES / bytes)) {
    visitRuns(shape, box, {
      bytes,
      visit: (position, boxPosition, length) =>
        input.set(source.subarray(position, position + length), boxPosition),
    });
    runKernel(INPUT_ADDRESS, OUTPUT_ADDRESS, { shape: box.counts, order, bytes });
    const targetBox = {
      starts: order.map((axis) => box.starts[axis] ?? 0),
      counts: order.map((axis) => box.counts[axis] ?? 1),
    };
    visitRuns(targetShape, targetBox, {
      bytes,
      visit: (position, boxPosition, length) =>
        target.set(output.subarray(boxPosition, boxPosition + length), position),
    });
  }
}

/** Writes down the target's axes (length, strides in source and target) and runs the kernel. */
function runKernel(source: number, target: number, { shape, order, bytes }: AxisOrder): void {
  const sourceStrides = stridesOf(shape, bytes);
  const targetStrides = stridesOf(order.map((axis) => shape[axis] ?? 1), bytes);
  const plan = order.flatMap((axis, i) => [
    shape[axis] ?? 1,
    sourceStrides[axis] ?? 0,
    targetStrides[i] ?? 0,
  ]);
  new Uint32Array(MEMORY, CALL_ADDRESS, plan.length).set(plan);
  const inner = order.indexOf(shape.length - 1);
  permuteKernel(source, target, CALL_ADDRESS, order.length, inner, bytes);
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function checkAxes(
  source: ArrayBufferView,
  target: ArrayBufferView,
  { shape, order, bytesPerElement }: PermuteOptions,
): void {
  const isOrder = order.length === shape.length &&
    order.toSorted((a, b) => a - b).every((axis, index) => axis === index);
  if (shape.length > MAX_RANK || !isOrder) {
    throw new RangeError(
      `Cannot permute axes of shape [${shape}]: the order is [${order}], ` +
        `expected each axis once and at most ${MAX_RANK}`,
    );
  }
  const expected = shape.reduce((product, length) => product * length, bytesPerElement);
  if (source.byteLength !== expected || target.byteLength !== expected) {
    throw new RangeError(
      `Cannot permute axes of shape [${shape}]: the source has ${source.byteLength} bytes, ` +
        `the target ${target.byteLength}, expected ${expected}`,
    );
  }
}
