import { assertAlmostEquals, assertEquals } from "@std/assert";
import { isLinearInMeans, outputMeans } from "../../src/correct/linear_means.ts";
import { runModel } from "../../src/execute/mod.ts";
import type { Attribute, Model } from "../../src/graph/mod.ts";
import { int, ints, node, noise, samplesOf, smallModel, value } from "../execute/_small_model.ts";

function modelOf(
  text: string,
  shapes: Readonly<Record<"x" | "w" | "b" | "y", readonly number[]>>,
  attributes: Record<string, Attribute> = {},
): Model {
  return smallModel({
    inputs: [value("x", shapes.x)],
    nodes: [node(text, attributes)],
    values: [value("y", shapes.y)],
    initializers: { w: noise(shapes.w, 1), b: noise(shapes.b, 2) },
  });
}

const IMAGE = { x: [1, 4, 5, 3], w: [6, 4, 1, 1], b: [6], y: [1, 6, 5, 3] } as const;

const LINEAR: Readonly<Record<string, Model>> = {
  "Conv": modelOf("Conv x,w,b -> y", IMAGE),
  "Conv without bias": modelOf("Conv x,w -> y", IMAGE),
  "Conv in groups": modelOf("Conv x,w,b -> y", { ...IMAGE, w: [6, 2, 1, 1] }, { group: int(2) }),
  "Gemm": modelOf("Gemm x,w,b -> y", { x: [5, 4], w: [6, 4], b: [1, 6], y: [5, 6] }, {
    transB: int(1),
    alpha: { type: "float", value: 2 },
    beta: { type: "float", value: -0.5 },
  }),
  "Gemm with one bias": modelOf("Gemm x,w,b -> y", { x: [5, 4], w: [4, 6], b: [], y: [5, 6] }),
  "MatMul": modelOf("MatMul x,w -> y", { x: [2, 3, 4], w: [4, 6], b: [1], y: [2, 3, 6] }),
};

/** The mean of each channel of a tensor. */
function meansOf(data: Iterable<unknown>, channels: number, inner: number): Float64Array {
  const sums = new Float64Array(channels);
  const numbers = Array.from(data, Number);
  numbers.forEach((number, i) => sums[Math.floor(i / inner) % channels]! += number);
  return sums.map((sum) => sum * channels / numbers.length);
}

for (const [what, model] of Object.entries(LINEAR)) {
  Deno.test(`outputMeans() gives the means of what the engine computes, ${what}`, async () => {
    const [layer] = model.nodes;
    const [input] = model.inputs;
    if (layer === undefined || input === undefined) throw new Error("no layer");
    assertEquals(isLinearInMeans(model, layer), true);
    const x = noise(input.shape, 3);
    const inner = layer.operator === "Conv" ? 15 : 1;
    const found = await outputMeans(model, layer, { means: meansOf(x.data, 4, inner) });
    for await (const { outputs } of runModel(model, samplesOf(x))) {
      const expected = meansOf(outputs.get("y")?.data ?? [], 6, inner);
      for (const [i, mean] of expected.entries()) assertAlmostEquals(found[i] ?? NaN, mean, 1e-6);
    }
  });
}

Deno.test("isLinearInMeans() is false where positions count differently, and for unknown biases", () => {
  const cases: readonly Model[] = [
    modelOf("Conv x,w,b -> y", IMAGE, { strides: ints([2, 1]) }),
    modelOf("Conv x,w,b -> y", IMAGE, { pads: ints([0, 1, 0, 0]) }),
    modelOf("Conv x,w,b -> y", { ...IMAGE, w: [6, 4, 3, 3] }),
    modelOf("Conv x,w,x -> y", IMAGE),
    modelOf("Conv x,x -> y", IMAGE),
    modelOf("ConvTranspose x,w -> y", { ...IMAGE, w: [4, 6, 1, 1] }),
    modelOf("Gemm x,w,b -> y", { x: [4, 4], w: [4, 6], b: [], y: [4, 6] }, { transA: int(1) }),
    modelOf("Gemm x,w,b -> y", { x: [5, 4], w: [4, 6], b: [5, 6], y: [5, 6] }),
    modelOf("MatMul x,w -> y", { x: [2, 3, 4], w: [2, 4, 6], b: [1], y: [2, 3, 6] }),
  ];
  for (const model of cases) {
    const [layer] = model.nodes;
    assertEquals(layer && isLinearInMeans(model, layer), false);
  }
});
