import { assertAlmostEquals, assertEquals } from "@std/assert";
import { allocate, type CodeArray, dequantize, quantize } from "../../src/kernels/mod.ts";
import { createRandom } from "./_arrays.ts";
import { valueOf } from "./_reference.ts";

/** An array of each type with its smallest and largest integers and many between. */
function codeArrays(length: number): CodeArray[] {
  const random = createRandom(length);
  const words = Uint32Array.from({ length }, () => random() * 2 ** 32);
  words.set([0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].slice(0, length));
  return [
    Uint8Array.from(words, (word) => word >>> 24),
    Int8Array.from(words, (word) => word >> 24),
    Uint16Array.from(words, (word) => word >>> 16),
    Int16Array.from(words, (word) => word >> 16),
    words,
    Int32Array.from(words),
  ];
}

Deno.test("dequantize() gives the simulator's numbers", () => {
  const target = new Float32Array(6);
  dequantize(new Uint8Array([0, 45, 99, 153, 207, 255]), target, {
    scale: 1.18 / 255,
    offset: -99,
  });
  const simulated = [-0.45811754, -0.2498823, 0, 0.2498823, 0.49976459, 0.72188222];
  target.forEach((value, i) => assertAlmostEquals(value, simulated[i] ?? NaN, 2e-7));
});

Deno.test("dequantize() rounds the double product once, for every stored type", () => {
  for (const length of [0, 1, 5, 64, 17000]) {
    for (const source of codeArrays(length)) {
      const bits = 8 * source.BYTES_PER_ELEMENT;
      const signed = source instanceof Int8Array || source instanceof Int16Array ||
        source instanceof Int32Array;
      const shift = signed ? 2 ** (bits - 1) : 0;
      const grid = { scale: 0.1 / 3, offset: -(2 ** (bits - 1)) + 3, levels: 2 ** bits };
      const expected = Array.from(source, (stored) => valueOf(stored + shift, grid));
      const target = new Float32Array(length + 1);
      dequantize(source, target.subarray(1), grid);
      assertEquals(Array.from(target.subarray(1)), expected);
      using buffer = allocate(length * 4);
      dequantize(source, buffer.float32(), grid);
      assertEquals(Array.from(buffer.float32()), expected);
    }
  }
});

Deno.test("dequantize() reverses quantize() with the same options", () => {
  const data = new Float32Array([-8, -3, 0, 5, 7]);
  for (
    const storage of [{}, { levels: 16 }, { levels: 16, shift: 0 }, { levels: 128, shift: 64 }]
  ) {
    const codes = new Int8Array(5);
    const options = { scale: 1, offset: -8, ...storage };
    quantize(data, codes, options);
    const target = new Float32Array(5);
    dequantize(codes, target, options);
    assertEquals(target, data);
  }
});
