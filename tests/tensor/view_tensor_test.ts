import { assertEquals, assertThrows } from "@std/assert";
import { MemorySource } from "../../src/io/mod.ts";
import {
  type DataType,
  type Encoding,
  readDense,
  referenceDense,
  referenceRange,
  type TensorReference,
  type View,
  viewTensor,
} from "../../src/tensor/mod.ts";

function gridOf(scale: number, offset = -128, bitwidth = 8): Encoding {
  const max = scale * (offset + 2 ** bitwidth - 1);
  return { bitwidth, min: scale * offset, max, scale, offset, symmetric: false };
}

const GRID = gridOf(0.1);

function describe(dtype: DataType = "float32", shape: readonly number[] = [2, 3]): TensorReference {
  const source = new MemorySource(new Uint8Array(1000), "w.bin");
  return referenceRange({ name: "w", dtype, shape, source, offset: 0 });
}

function viewed(start: TensorReference, ...views: View[]): TensorReference {
  return views.reduce(viewTensor, start);
}

const quantize = (dtype: DataType, ...encodings: Encoding[]): View => ({
  kind: "quantize",
  dtype,
  encoding: { encodings },
});
const dequantize = (...encodings: Encoding[]): View => ({
  kind: "dequantize",
  encoding: { encodings },
});

Deno.test("viewTensor() tells dtype and shape of the result", () => {
  const cases: [View, DataType, number[]][] = [
    [{ kind: "cast", dtype: "float16" }, "float16", [2, 3]],
    [{ kind: "reshape", shape: [3, 1, 2] }, "float32", [3, 1, 2]],
    [{ kind: "permute", order: [1, 0] }, "float32", [3, 2]],
    [{ kind: "slice", axis: 1, start: 1, end: 3 }, "float32", [2, 2]],
    [{ kind: "scale", axis: 0, factors: new Float64Array([1, 2]) }, "float32", [2, 3]],
    [quantize("int8", GRID), "int8", [2, 3]],
  ];
  for (const [view, dtype, shape] of cases) {
    const reference = viewTensor(describe(), view);
    assertEquals(reference.dtype, dtype);
    assertEquals(reference.shape, shape);
    assertEquals(reference.views, [view]);
    assertEquals(reference.storedDtype, "float32");
    assertEquals(reference.storedShape, [2, 3]);
  }
  assertEquals(viewTensor(describe("uint8"), dequantize(GRID)).dtype, "float32");
});

Deno.test("viewTensor() leaves out views that change nothing", () => {
  const none: View[] = [
    { kind: "cast", dtype: "float32" },
    { kind: "reshape", shape: [2, 3] },
    { kind: "permute", order: [0, 1] },
    { kind: "slice", axis: 1, start: 0, end: 3 },
  ];
  assertEquals(viewed(describe(), ...none).views, []);
});

Deno.test("viewTensor() composes permutes, and inverse ones vanish", () => {
  const start = describe("float32", [2, 3, 4]);
  const first: View = { kind: "permute", order: [2, 0, 1] };
  const twice = viewed(start, first, first);
  assertEquals(twice.views, [{ kind: "permute", order: [1, 2, 0] }]);
  assertEquals(twice.shape, [3, 4, 2]);
  assertEquals(viewed(twice, first).views, []);
});

Deno.test("viewTensor() multiplies scales on one axis, also across a permute", () => {
  const scale = (axis: number, ...factors: number[]): View => ({
    kind: "scale",
    axis,
    factors: new Float64Array(factors),
  });
  assertEquals(viewed(describe(), scale(0, 2, 3), scale(0, 5, 7)).views, [scale(0, 10, 21)]);
  assertEquals(
    viewed(describe(), scale(0, 2, 3), { kind: "permute", order: [1, 0] }, scale(1, 5, 7)).views,
    [scale(0, 10, 21), { kind: "permute", order: [1, 0] }],
  );
  assertEquals(viewed(describe(), scale(0, 2, 3), scale(1, 1, 2, 3)).views.length, 2);
  assertEquals(viewed(describe(), scale(0, 1e200, 1), scale(0, 1e200, 1)).views.length, 2);
});

Deno.test("viewTensor() joins slices of one axis, and reshapes", () => {
  const slice = (start: number, end: number): View => ({ kind: "slice", axis: 1, start, end });
  const start = describe("float32", [2, 10]);
  assertEquals(viewed(start, slice(2, 9), slice(1, 4)).views, [slice(3, 6)]);
  const reshaped = viewed(
    start,
    { kind: "reshape", shape: [20] },
    { kind: "reshape", shape: [4, 5] },
  );
  assertEquals(reshaped.views, [{ kind: "reshape", shape: [4, 5] }]);
  assertEquals(viewed(reshaped, { kind: "reshape", shape: [2, 10] }).views, []);
});

Deno.test("viewTensor() undoes casts that lost nothing", () => {
  const half = describe("float16");
  const wide: View = { kind: "cast", dtype: "float32" };
  const back: View = { kind: "cast", dtype: "float16" };
  assertEquals(viewed(half, wide, back).views, []);
  assertEquals(viewed(describe(), back, wide).views, [back, wide]);
});

Deno.test("viewTensor() lets stored codes pass where quantize undoes dequantize", () => {
  const start = describe("uint8", [2, 3]);
  assertEquals(viewed(start, dequantize(GRID), quantize("uint8", GRID)).views, []);
  const across = viewed(
    start,
    dequantize(GRID),
    { kind: "permute", order: [1, 0] },
    { kind: "slice", axis: 0, start: 0, end: 2 },
    { kind: "reshape", shape: [4] },
    quantize("uint8", GRID),
  );
  assertEquals(across.views.map((view) => view.kind), ["permute", "slice", "reshape"]);
  assertEquals(across.dtype, "uint8");
});

Deno.test("viewTensor() compares encodings by channel where axes have moved", () => {
  const start = describe("int8", [2, 3, 1, 1]);
  const channels = [gridOf(0.1), gridOf(0.2), gridOf(0.3)];
  const along = (axis: number, kind: "quantize" | "dequantize"): View => {
    const encoding = { axis, encodings: channels };
    return kind === "quantize" ? { kind, encoding, dtype: "int8" } : { kind, encoding };
  };
  const permute: View = { kind: "permute", order: [2, 3, 1, 0] };
  const same = viewed(start, along(1, "dequantize"), permute, along(2, "quantize"));
  assertEquals(same.views, [permute]);
  const reshape: View = { kind: "reshape", shape: [2, 1, 3] };
  const reshaped = viewed(start, along(1, "dequantize"), reshape, along(2, "quantize"));
  assertEquals(reshaped.views, [reshape]);
});

Deno.test("viewTensor() keeps quantize after dequantize of another grid, dtype or order", () => {
  const start = describe("uint8", [2, 2]);
  const kept: View[][] = [
    [dequantize(GRID), quantize("uint8", gridOf(0.2))],
    [dequantize(GRID), quantize("uint8", gridOf(0.1, -127))],
    [dequantize(GRID), quantize("int8", GRID)],
    [dequantize(GRID), { kind: "cast", dtype: "float16" }, quantize("uint8", GRID)],
    [
      { kind: "dequantize", encoding: { axis: 0, encodings: [gridOf(0.1), gridOf(0.2)] } },
      {
        kind: "quantize",
        dtype: "uint8",
        encoding: { axis: 1, encodings: [gridOf(0.1), gridOf(0.2)] },
      },
    ],
  ];
  for (const views of kept) {
    assertEquals(viewed(start, ...views).views.map((view) => view.kind).at(-1), "quantize");
  }
});

Deno.test("viewTensor() widens other floats before it scales or quantizes them", async () => {
  const data = new Float64Array([1, 2]);
  const stored = referenceDense("d", { dtype: "float64", shape: [2], data });
  const scaled = viewTensor(stored, {
    kind: "scale",
    axis: 0,
    factors: new Float64Array([3, 4]),
  });
  assertEquals(scaled.views.map((view) => view.kind), ["cast", "scale"]);
  assertEquals((await readDense(scaled)).data, new Float32Array([3, 8]));
  assertEquals(viewTensor(describe("float16"), quantize("uint8", GRID)).views.length, 2);
});

Deno.test("viewTensor() refuses views that do not fit", () => {
  const cases: [View, string, DataType?][] = [
    [{ kind: "reshape", shape: [7] }, "[2,3] cannot take the shape [7]: they differ in size"],
    [{ kind: "reshape", shape: [-2, -3] }, "[2,3] cannot take the shape [-2,-3]"],
    [{ kind: "permute", order: [0] }, "[0] does not order the axes of [2,3]"],
    [{ kind: "permute", order: [0, 0] }, "[0,0] does not order the axes of [2,3]"],
    [{ kind: "slice", axis: 2, start: 0, end: 1 }, "[2,3] has no axis 2"],
    [{ kind: "slice", axis: -1, start: 0, end: 1 }, "[2,3] has no axis -1"],
    [{ kind: "slice", axis: 1, start: 2, end: 4 }, "2 to 4 is no part of axis 1 of [2,3]"],
    [{ kind: "slice", axis: 1, start: 2, end: 1 }, "2 to 1 is no part of axis 1 of [2,3]"],
    [
      { kind: "scale", axis: 0, factors: new Float64Array(3) },
      "3 factors for axis 0 of [2,3], expected 2",
    ],
    [{ kind: "scale", axis: 0, factors: new Float64Array([1, NaN]) }, "a factor is not finite"],
    [
      { kind: "scale", axis: 0, factors: new Float64Array([1, 2]) },
      "int8 cannot be scaled, expected float32",
      "int8",
    ],
    [quantize("uint8", GRID), "int32 cannot be quantized, expected float32", "int32"],
    [quantize("float16", GRID), "float16 holds no integer codes"],
    [dequantize(GRID), "float32 holds no integer codes"],
    [dequantize(GRID), "int64 holds no integer codes", "int64"],
    [quantize("uint8", GRID, GRID), "2 encodings for a whole tensor, expected 1"],
    [
      { kind: "quantize", dtype: "uint8", encoding: { axis: 1, encodings: [GRID] } },
      "1 encodings for axis 1 of [2,3], expected 3",
    ],
    [
      quantize("uint4", GRID),
      "an encoding of 8 bits with scale 0.1 and offset -128 is impossible in uint4, or differs in bits from the first",
    ],
    [quantize("uint8", gridOf(0)), "an encoding of 8 bits with scale 0 and offset -128"],
    [quantize("uint8", gridOf(NaN)), "an encoding of 8 bits with scale NaN"],
    [
      quantize("uint8", gridOf(1, -0.5)),
      "an encoding of 8 bits with scale 1 and offset -0.5 is impossible in uint8",
    ],
    [
      {
        kind: "quantize",
        dtype: "uint8",
        encoding: { axis: 0, encodings: [GRID, gridOf(0.1, 0, 4)] },
      },
      "an encoding of 4 bits with scale 0.1 and offset 0 is impossible in uint8, or differs in bits from the first",
    ],
  ];
  for (const [view, problem, dtype] of cases) {
    assertThrows(
      () => viewTensor(describe(dtype), view),
      RangeError,
      `Cannot view tensor "w": ${problem}`,
    );
  }
});
