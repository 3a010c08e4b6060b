import { assertAlmostEquals, assertEquals } from "@std/assert";
import { shiftBehind, shiftedAxis } from "../../src/correct/channel_shifts.ts";
import { runModel } from "../../src/execute/mod.ts";
import type { Attribute, Model } from "../../src/graph/mod.ts";
import { countElements, type DenseTensor } from "../../src/tensor/mod.ts";
import { int, ints, node, noise, samplesOf, smallModel, value } from "../execute/_small_model.ts";

interface Case {
  readonly text: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly y: readonly number[];
  readonly axis?: number;
  readonly attributes?: Record<string, Attribute>;
}

const PASSING: Readonly<Record<string, Case>> = {
  "Add of a constant": { text: "Add x,w -> y", x: [1, 3, 2, 2], w: [3, 1, 1], y: [1, 3, 2, 2] },
  "Add with itself": { text: "Add x,x -> y", x: [1, 3, 2, 2], w: [1], y: [1, 3, 2, 2] },
  "Conv with strides": {
    ...{ text: "Conv x,w -> y", x: [1, 3, 7, 7], w: [4, 3, 3, 3], y: [1, 4, 3, 3] },
    attributes: { strides: ints([2, 2]) },
  },
  "Conv in groups": {
    ...{ text: "Conv x,w -> y", x: [1, 4, 3, 3], w: [4, 2, 2, 2], y: [1, 4, 2, 2] },
    attributes: { group: int(2) },
  },
  "Gemm": { text: "Gemm x,w -> y", x: [2, 3], w: [3, 5], y: [2, 5] },
  "MatMul": { text: "MatMul x,w -> y", x: [1, 2, 3], w: [3, 5], y: [1, 2, 5], axis: 2 },
};

const STOPPING: Readonly<Record<string, Case>> = {
  "Relu": { text: "Relu x -> y", x: [1, 3, 2, 2], w: [1], y: [1, 3, 2, 2] },
  "Conv with zeros around": {
    ...{ text: "Conv x,w -> y", x: [1, 3, 4, 4], w: [4, 3, 3, 3], y: [1, 4, 4, 4] },
    attributes: { pads: ints([1, 1, 1, 1]) },
  },
  "Conv that pads by itself": {
    ...{ text: "Conv x,w -> y", x: [1, 3, 4, 4], w: [4, 3, 3, 3], y: [1, 4, 4, 4] },
    attributes: { auto_pad: { type: "string", value: "SAME_UPPER" } },
  },
  "Add that repeats": { text: "Add x,w -> y", x: [1, 3, 1, 1], w: [1, 3, 2, 2], y: [1, 3, 2, 2] },
  "MatMul along other channels": {
    ...{ text: "MatMul x,w -> y", x: [1, 2, 3], w: [3, 5], y: [1, 2, 5], axis: 1 },
  },
  "Gemm with itself": { text: "Gemm x,x -> y", x: [3, 3], w: [1], y: [3, 3] },
};

function modelOf({ text, x, w, y, attributes = {} }: Case): Model {
  return smallModel({
    inputs: [value("x", x)],
    nodes: [node(text, attributes)],
    values: [value("y", y)],
    initializers: { w: noise(w, 1) },
  });
}

/** Adds a number to each channel. */
function shifted(tensor: DenseTensor, axis: number, shift: Float64Array): DenseTensor {
  const inner = countElements(tensor.shape.slice(axis + 1));
  const data = Float32Array.from(
    tensor.data as Float32Array,
    (number, i) => number + (shift[Math.floor(i / inner) % shift.length] ?? 0),
  );
  return { ...tensor, data };
}

async function outputOf(model: Model, x: DenseTensor): Promise<DenseTensor> {
  for await (const { outputs } of runModel(model, samplesOf(x))) {
    const y = outputs.get("y");
    if (y !== undefined) return y;
  }
  throw new Error("no output");
}

for (const [what, layer] of Object.entries(PASSING)) {
  Deno.test(`shiftBehind() is what the engine makes of shifted channels, ${what}`, async () => {
    const { axis = 1 } = layer;
    const model = modelOf(layer);
    const [made] = model.nodes;
    if (made === undefined) throw new Error("no node");
    assertEquals(shiftedAxis(model, made, new Map([["x", axis]])), axis);
    const x = noise(layer.x, 2);
    const shift = Float64Array.from(noise([layer.x[axis] ?? 0], 3).data, Number);
    const found = await shiftBehind(model, made, { shifts: new Map([["x", shift]]) });
    const before = await outputOf(model, x);
    const expected = await outputOf(model, shifted(x, axis, shift));
    for (const [i, number] of shifted(before, axis, found).data.entries()) {
      assertAlmostEquals(Number(number), Number(expected.data[i]), 1e-5);
    }
  });
}

Deno.test("shiftedAxis() is undefined where a shift does not stay one", () => {
  for (const [what, layer] of Object.entries(STOPPING)) {
    const model = modelOf(layer);
    const [made] = model.nodes;
    const axis = made && shiftedAxis(model, made, new Map([["x", layer.axis ?? 1]]));
    assertEquals(axis, undefined, what);
  }
});
