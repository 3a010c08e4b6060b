import type { Model } from "../../src/graph/mod.ts";
import { type QuantizedModel, quantizeModel } from "../../src/quantize/mod.ts";
import type { SampleSource } from "../../src/tensor/mod.ts";
import { calibrationOf } from "../quantize/calibration_of.ts";
import { floats, node, smallModel } from "../quantize/small_model.ts";

/**
 * Two convolutions of two channels. The weights of the first lie on their grid, of step 1/64; the grid
 * of the second has step 100/255, which takes 0.1 to 0 and 0.3 to 100/255.
 */
export function twoLayers(): Model {
  return smallModel({
    inputs: { x: [1, 2, 1, 1] },
    outputs: ["y"],
    nodes: [
      node("Conv", ["x", "exact"], ["c"]),
      node("Relu", ["c"], ["r"]),
      node("Conv", ["r", "coarse"], ["y"]),
    ],
    constants: {
      exact: floats([2, 2, 1, 1], [255 / 64, 0, 0, 2]),
      coarse: floats([2, 2, 1, 1], [100, 0.1, 0, 0.3]),
    },
    values: { c: [1, 2, 1, 1], r: [1, 2, 1, 1], y: [1, 2, 1, 1] },
  });
}

/** The network quantized: the grids of all activations have step 1. */
export async function quantizedTwoLayers(model: Model): Promise<QuantizedModel> {
  const range = { min: 0, max: 255 };
  return await quantizeModel(model, await calibrationOf(model, { x: range, r: range, y: range }));
}

/** `x = [0, 1]` every time: the first convolution gives `[0, 2]`, the second `[0.2, 0.6]`. */
export function onesOf(length: number): SampleSource {
  return { length, read: () => Promise.resolve(new Map([["x", floats([1, 2, 1, 1], [0, 1])]])) };
}

/** Of an output `[0.2, 0.6]` in place of which there is another. */
export function decibelsOf(actual: readonly [number, number]): number {
  const [a, b] = actual;
  return 10 * Math.log10((0.2 ** 2 + 0.6 ** 2) / ((0.2 - a) ** 2 + (0.6 - b) ** 2));
}
