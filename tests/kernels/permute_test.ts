import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { allocate, permute, type PermuteOptions } from "../../src/kernels/mod.ts";

/** Element by element, from the definition. */
function expectedBytes(source: Uint8Array, options: PermuteOptions): Uint8Array {
  const { shape, order, bytesPerElement } = options;
  const targetShape = order.map((axis) => shape[axis] ?? 1);
  const target = new Uint8Array(source.length);
  for (let position = 0; position < source.length / bytesPerElement; position++) {
    let rest = position;
    const index: number[] = shape.map(() => 0);
    for (let i = order.length - 1; i >= 0; i--) {
      const length = targetShape[i] ?? 1;
      index[order[i] ?? 0] = rest % length;
      rest = Math.floor(rest / length);
    }
    const from = index.reduce((sum, i, axis) => sum * (shape[axis] ?? 1) + i, 0);
    for (let byte = 0; byte < bytesPerElement; byte++) {
      target[position * bytesPerElement + byte] = source[from * bytesPerElement + byte] ?? 0;
    }
  }
  return target;
}

function createBytes(options: PermuteOptions): Uint8Array<ArrayBuffer> {
  const length = options.shape.reduce((product, side) => product * side, options.bytesPerElement);
  return Uint8Array.from({ length }, (_, index) => Math.imul(index, 2654435761) >>> 13);
}

/** Runs outside and inside kernel memory and compares. */
function check(options: PermuteOptions): void {
  const source = createBytes(options);
  const expected = expectedBytes(source, options);
  const target = new Uint8Array(source.length);
  permute(source, target, options);
  assertEquals(target, expected);
  using input = allocate(source.length);
  using output = allocate(source.length + 16);
  input.bytes().set(source);
  output.bytes().fill(77);
  permute(input.bytes(), output.bytes().subarray(0, source.length), options);
  assertEquals(output.bytes().subarray(0, source.length), expected);
  assertEquals(output.bytes().subarray(source.length), new Uint8Array(16).fill(77));
}

const widths = fc.constantFrom<1 | 2 | 4 | 8>(1, 2, 4, 8);

Deno.test("permute() follows the definition for any axes", () => {
  const axes = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 5 }).chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      order: fc.shuffledSubarray(shape.map((_, axis) => axis), { minLength: shape.length }),
      bytesPerElement: widths,
    })
  );
  fc.assert(fc.property(axes, check), { seed: 9, numRuns: 400 });
});

Deno.test("permute() transposes matrices of any size", () => {
  const side = fc.integer({ min: 1, max: 70 });
  fc.assert(
    fc.property(side, side, widths, (rows, columns, bytesPerElement) => {
      check({ shape: [rows, columns], order: [1, 0], bytesPerElement });
    }),
    { seed: 10, numRuns: 150 },
  );
});

Deno.test("permute() takes eight axes", () => {
  const shape = [2, 3, 1, 2, 3, 2, 1, 2];
  check({ shape, order: [7, 5, 3, 1, 0, 2, 4, 6], bytesPerElement: 2 });
  check({ shape, order: [1, 0, 3, 2, 5, 4, 7, 6], bytesPerElement: 4 });
});

Deno.test("permute() carries arrays larger than the scratch memory", () => {
  check({ shape: [1, 3, 130, 170], order: [0, 2, 3, 1], bytesPerElement: 4 });
  check({ shape: [1, 130, 170, 3], order: [0, 3, 1, 2], bytesPerElement: 4 });
  check({ shape: [70, 33, 3, 3], order: [2, 3, 1, 0], bytesPerElement: 8 });
  check({ shape: [257, 1031], order: [1, 0], bytesPerElement: 1 });
  check({ shape: [40, 60, 50], order: [1, 0, 2], bytesPerElement: 4 });
});

Deno.test("permute() copies where nothing moves, and takes nothing and scalars", () => {
  check({ shape: [4, 1, 5], order: [1, 0, 2], bytesPerElement: 4 });
  check({ shape: [0, 3], order: [1, 0], bytesPerElement: 4 });
  check({ shape: [], order: [], bytesPerElement: 8 });
});

Deno.test("permute() refuses impossible axes and sizes", () => {
  const bytes = new Uint8Array(6);
  const run = (shape: number[], order: number[]) => () =>
    permute(bytes, new Uint8Array(6), { shape, order, bytesPerElement: 1 });
  for (const order of [[0], [0, 0], [0, 2], [0, 1, 2]]) {
    assertThrows(
      run([2, 3], order),
      RangeError,
      `Cannot permute axes of shape [2,3]: the order is [${order}], ` +
        "expected each axis once and at most 8",
    );
  }
  assertThrows(run(Array(9).fill(1), [0, 1, 2, 3, 4, 5, 6, 7, 8]), RangeError, "at most 8");
  assertThrows(
    run([2, 4], [1, 0]),
    RangeError,
    "Cannot permute axes of shape [2,4]: the source has 6 bytes, the target 6, expected 8",
  );
});
