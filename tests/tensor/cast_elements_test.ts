import { assertEquals } from "@std/assert";
import { castElements } from "../../src/tensor/cast_elements.ts";
import { createTensorData, type DataType, type TensorData } from "../../src/tensor/mod.ts";

function cast(dtype: DataType, data: TensorData, to: DataType): (number | bigint)[] {
  const target = createTensorData(to, data.length);
  castElements({ dtype, data }, { dtype: to, data: target });
  return [...target];
}

Deno.test("castElements() widens halves exactly", () => {
  const halves = new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7c00, 0x3555]);
  assertEquals(cast("float16", halves, "float32"), [1, -2, 2 ** -24, Infinity, 0.333251953125]);
  assertEquals(cast("float16", halves, "float64"), [1, -2, 2 ** -24, Infinity, 0.333251953125]);
  const brain = new Uint16Array([0x3f80, 0xc000, 0x7f80]);
  assertEquals(cast("bfloat16", brain, "float32"), [1, -2, Infinity]);
  assertEquals(cast("bfloat16", brain, "float64"), [1, -2, Infinity]);
});

Deno.test("castElements() rounds to nearest even on the way down", () => {
  // Halfway between 1 and the next half, and between that and the one after.
  const data = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 70000, -1e-9];
  const expected = [0x3c00, 0x3c02, 0x7c00, 0x8000];
  assertEquals(cast("float32", new Float32Array(data), "float16"), expected);
  assertEquals(cast("float64", new Float64Array(data), "float16"), expected);
  // Rounding to float32 first would give a tie, and from there 1.
  const sticky = new Float64Array([1 + 2 ** -11 + 2 ** -40]);
  assertEquals(cast("float64", sticky, "float16"), [0x3c01]);
  const brain = new Float32Array([1 + 2 ** -8, 1 + 3 * 2 ** -8, NaN, 3.4e38]);
  assertEquals(cast("float32", brain, "bfloat16"), [0x3f80, 0x3f82, 0x7fc0, 0x7f80]);
  assertEquals(cast("float64", new Float64Array([0.1]), "float32"), [Math.fround(0.1)]);
});

Deno.test("castElements() cuts floats toward zero and stops at the ends of integer types", () => {
  const floats = new Float32Array([1.9, -1.9, 300, -300, NaN, Infinity]);
  assertEquals(cast("float32", floats, "int8"), [1, -1, 127, -128, 0, 127]);
  assertEquals(cast("float32", floats, "uint8"), [1, 0, 255, 0, 0, 255]);
  assertEquals(cast("float32", floats, "int4"), [1, -1, 7, -8, 0, 7]);
  assertEquals(cast("float32", floats, "int32"), [1, -1, 300, -300, 0, 2 ** 31 - 1]);
  assertEquals(cast("float32", floats, "int64"), [1n, -1n, 300n, -300n, 0n, 2n ** 63n - 1n]);
  assertEquals(cast("float32", floats, "uint64"), [1n, 0n, 300n, 0n, 0n, 2n ** 64n - 1n]);
});

Deno.test("castElements() keeps the low bits between integers", () => {
  const wide = new BigInt64Array([-1n, 2n ** 40n + 5n, 200n]);
  assertEquals(cast("int64", wide, "int32"), [-1, 5, 200]);
  assertEquals(cast("int64", wide, "uint8"), [255, 5, 200]);
  assertEquals(cast("int64", wide, "uint64"), [2n ** 64n - 1n, 2n ** 40n + 5n, 200n]);
  assertEquals(cast("int32", new Int32Array([-1, 7, 9]), "int64"), [-1n, 7n, 9n]);
  assertEquals(cast("int32", new Int32Array([-1, 7, 9]), "int4"), [-1, 7, -7]);
  assertEquals(cast("uint8", new Uint8Array([255, 7]), "int8"), [-1, 7]);
});

Deno.test("castElements() turns integers into floats", () => {
  assertEquals(cast("int64", new BigInt64Array([2n ** 40n, -3n]), "float32"), [2 ** 40, -3]);
  assertEquals(cast("int64", new BigInt64Array([2n ** 53n, -3n]), "float64"), [2 ** 53, -3]);
  assertEquals(cast("uint8", new Uint8Array([255, 0]), "float32"), [255, 0]);
  assertEquals(cast("int16", new Int16Array([-3, 1]), "float16"), [0xc200, 0x3c00]);
  assertEquals(cast("int8", new Int8Array([-3, 1]), "bfloat16"), [0xc040, 0x3f80]);
  assertEquals(cast("uint32", new Uint32Array([2 ** 32 - 1]), "float64"), [2 ** 32 - 1]);
});

Deno.test("castElements() knows only zero and not zero for bool", () => {
  const floats = new Float32Array([0, -0, 0.5, NaN]);
  assertEquals(cast("float32", floats, "bool"), [0, 0, 1, 1]);
  assertEquals(cast("int64", new BigInt64Array([0n, 2n ** 32n]), "bool"), [0, 1]);
  assertEquals(cast("float16", new Uint16Array([0x8000, 0x0001]), "bool"), [0, 1]);
  assertEquals(cast("bool", new Uint8Array([0, 1]), "float32"), [0, 1]);
  assertEquals(cast("bool", new Uint8Array([0, 1]), "int64"), [0n, 1n]);
});
