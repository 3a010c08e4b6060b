import { assertEquals } from "@std/assert";
import type { Encoding, View } from "../../src/tensor/mod.ts";
import { orderViews } from "../../src/tensor/order_views.ts";

const GRID: Encoding = {
  bitwidth: 8,
  min: 0,
  max: 255,
  scale: 1,
  offset: 0,
  symmetric: false,
};
const FLOATS = { dtype: "float32", shape: [2, 3, 4] } as const;
const CODES = { dtype: "uint8", shape: [2, 3, 4] } as const;

function encodingAlong(axis: number, length: number) {
  return { axis, encodings: Array.from({ length }, () => GRID) };
}

Deno.test("orderViews() permutes bytes after quantizing, with the axis renamed", () => {
  const views: View[] = [
    { kind: "permute", order: [1, 2, 0] },
    { kind: "quantize", encoding: encodingAlong(2, 2), dtype: "uint8" },
  ];
  assertEquals(orderViews(FLOATS, views), [
    { kind: "quantize", encoding: encodingAlong(0, 2), dtype: "uint8" },
    { kind: "permute", order: [1, 2, 0] },
  ]);
});

Deno.test("orderViews() permutes bytes before dequantizing, with the axis renamed", () => {
  const views: View[] = [
    { kind: "dequantize", encoding: encodingAlong(0, 2) },
    { kind: "permute", order: [1, 2, 0] },
  ];
  assertEquals(orderViews(CODES, views), [
    { kind: "permute", order: [1, 2, 0] },
    { kind: "dequantize", encoding: encodingAlong(2, 2) },
  ]);
});

Deno.test("orderViews() brings element-wise views before reshapes where the axis lives on", () => {
  const views: View[] = [
    { kind: "permute", order: [2, 0, 1] },
    { kind: "reshape", shape: [4, 6] },
    { kind: "quantize", encoding: encodingAlong(0, 4), dtype: "uint8" },
  ];
  assertEquals(orderViews(FLOATS, views), [
    { kind: "quantize", encoding: encodingAlong(2, 4), dtype: "uint8" },
    { kind: "permute", order: [2, 0, 1] },
    { kind: "reshape", shape: [4, 6] },
  ]);
  const mixed: View = { kind: "quantize", encoding: encodingAlong(1, 6), dtype: "uint8" };
  assertEquals(orderViews(FLOATS, views.with(2, mixed)), views.with(2, mixed));
});

Deno.test("orderViews() slices first", () => {
  const views: View[] = [
    { kind: "scale", axis: 1, factors: new Float64Array([1, 2, 3]) },
    { kind: "permute", order: [1, 2, 0] },
    { kind: "slice", axis: 0, start: 1, end: 3 },
  ];
  assertEquals(orderViews(FLOATS, views), [
    { kind: "slice", axis: 1, start: 1, end: 3 },
    { kind: "scale", axis: 1, factors: new Float64Array([2, 3]) },
    { kind: "permute", order: [1, 2, 0] },
  ]);
});

Deno.test("orderViews() leaves out permutes that meet their inverse", () => {
  const views: View[] = [
    { kind: "permute", order: [1, 2, 0] },
    { kind: "quantize", encoding: { encodings: [GRID] }, dtype: "uint8" },
    { kind: "permute", order: [2, 0, 1] },
  ];
  assertEquals(orderViews(FLOATS, views), views.slice(1, 2));
});
