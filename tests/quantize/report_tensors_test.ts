import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  computeEncoding,
  decodeNumber,
  encodeNumber,
  quantizeModel,
  reportTensors,
  roundEncoding,
} from "../../src/quantize/mod.ts";
import type { Encoding } from "../../src/tensor/mod.ts";
import { calibrationOf } from "./calibration_of.ts";
import { convolutionModel, floats, node, smallModel } from "./small_model.ts";

/** The encoding of a range as a model keeps it. */
function gridOf(...range: Parameters<typeof computeEncoding>): Encoding {
  return roundEncoding(computeEncoding(...range));
}

Deno.test("reportTensors() gives range, encoding and the SQNR of weights", async () => {
  const model = convolutionModel();
  const ranges = { x: { min: -1, max: 1 }, relu: { min: 0, max: 2.5 }, y: { min: -2, max: 1.5 } };
  const quantized = await quantizeModel(model, await calibrationOf(model, ranges));
  const reports = await Array.fromAsync(reportTensors(quantized));
  assertEquals(reports.map(({ name }) => name), [
    "w",
    "b",
    "v",
    "x",
    "relu",
    "pool",
    "flat",
    "y",
  ]);
  const [w] = reports;
  const grid = gridOf({ min: -0.5, max: 2 });
  let signal = 0;
  let noise = 0;
  for (const value of [1, -0.5, 0.25, 2]) {
    signal += value ** 2;
    noise += (value - Math.fround(decodeNumber(encodeNumber(value, grid), grid))) ** 2;
  }
  assert(w?.sqnr !== undefined);
  assertAlmostEquals(w.sqnr, 10 * Math.log10(signal / noise), 1e-9);
  assertEquals(w.elements, 4);
  assertEquals(reports.map(({ clipped }) => clipped), [0, 0, 0, 0, 0, undefined, undefined, 0]);
  assertEquals(w.encoding, { encodings: [grid] });
  assertEquals(reports[4]?.range, ranges.relu);
  assertEquals(reports[4]?.sqnr, undefined);
  assertEquals(reports[4]?.elements, 8);
});

Deno.test("reportTensors() measures the same for chunks of any size", async () => {
  const values = Array.from({ length: 1000 }, (_, i) => Math.sin(i * i));
  const model = smallModel({
    inputs: { x: [1, 1000] },
    outputs: ["y"],
    nodes: [node("MatMul", ["x", "w"], ["y"])],
    constants: { w: floats([1000, 1], values) },
    values: { y: [1, 1] },
  });
  const ranges = { x: { min: -1, max: 1 }, y: { min: -1, max: 1 } };
  const quantized = await quantizeModel(model, await calibrationOf(model, ranges));
  const [whole] = await Array.fromAsync(reportTensors(quantized));
  for (const chunkBytes of [64, 100, 1024]) {
    const [cut] = await Array.fromAsync(reportTensors(quantized, { chunkBytes }));
    assertEquals(cut?.sqnr, whole?.sqnr);
  }
  assert(whole?.sqnr !== undefined && whole.sqnr > 45 && whole.sqnr < 60);
});

Deno.test("reportTensors() measures the share of clipped weights", async () => {
  const model = convolutionModel();
  const ranges = { x: { min: -1, max: 1 }, relu: { min: 0, max: 2.5 }, y: { min: -2, max: 1.5 } };
  const grid = { bitwidth: 8, min: 0, max: 1, scale: 1 / 255, offset: 0, symmetric: false };
  const overrides = { ...model.overrides, parameters: new Map([["w", { encodings: [grid] }]]) };
  const given = { ...model, overrides };
  const quantized = await quantizeModel(given, await calibrationOf(model, ranges), {
    useOverrides: true,
  });
  const [w] = await Array.fromAsync(reportTensors(quantized, { chunkBytes: 8 }));
  // Of 1, -0.5, 0.25 and 2.
  assertEquals([w?.name, w?.origin, w?.clipped], ["w", "override", 0.5]);
});
