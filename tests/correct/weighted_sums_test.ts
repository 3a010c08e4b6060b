import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { weightedSums } from "../../src/correct/mod.ts";
import { inputChannelAxis } from "../../src/correct/weighted_sums.ts";
import { runModel } from "../../src/execute/mod.ts";
import type { Attribute, Model } from "../../src/graph/mod.ts";
import { viewTensor } from "../../src/tensor/mod.ts";
import { int, ints, node, noise, samplesOf, smallModel, value } from "../execute/_small_model.ts";

const LAYERS: Readonly<
  Record<string, {
    readonly operator: string;
    readonly x: readonly number[];
    readonly w: readonly number[];
    readonly y: readonly number[];
    readonly attributes?: Readonly<Record<string, Attribute>>;
    /** The channel axis of the output; 1 if left out. */
    readonly axis?: number;
  }>
> = {
  "Conv": { operator: "Conv", x: [1, 4, 6, 6], w: [5, 4, 3, 3], y: [1, 5, 4, 4] },
  "grouped Conv": {
    operator: "Conv",
    x: [1, 6, 5, 5],
    w: [9, 2, 2, 2],
    y: [1, 9, 4, 4],
    attributes: { group: int(3) },
  },
  "depthwise Conv": {
    operator: "Conv",
    x: [1, 4, 7, 7],
    w: [8, 1, 3, 3],
    y: [1, 8, 3, 3],
    attributes: { group: int(4), strides: ints([2, 2]) },
  },
  "ConvTranspose": {
    operator: "ConvTranspose",
    x: [1, 4, 3, 3],
    w: [4, 5, 3, 3],
    y: [1, 5, 7, 7],
    attributes: { strides: ints([2, 2]) },
  },
  "grouped ConvTranspose": {
    operator: "ConvTranspose",
    x: [1, 6, 3, 3],
    w: [6, 2, 2, 2],
    y: [1, 6, 4, 4],
    attributes: { group: int(3) },
  },
  "Gemm": { operator: "Gemm", x: [2, 6], w: [6, 3], y: [2, 3] },
  "Gemm, transposed, with alpha": {
    operator: "Gemm",
    x: [6, 2],
    w: [3, 6],
    y: [2, 3],
    attributes: { transA: int(1), transB: int(1), alpha: { type: "float", value: -1.5 } },
  },
  "MatMul": { operator: "MatMul", x: [2, 3, 6], w: [6, 4], y: [2, 3, 4], axis: 2 },
};

function modelOf({ operator, x, w, y, attributes = {} }: typeof LAYERS[string]): Model {
  return smallModel({
    inputs: [value("x", x)],
    nodes: [node(`${operator} x,w -> y`, attributes)],
    values: [value("y", y)],
    initializers: { w: noise(w, 3) },
  });
}

/** The channel of each element. */
function channelsOf(shape: readonly number[], axis: number): number[] {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const length = shape.reduce((a, b) => a * b, 1);
  return Array.from({ length }, (_, i) => Math.floor(i / inner) % (shape[axis] ?? 1));
}

for (const [name, layer] of Object.entries(LAYERS)) {
  Deno.test(`weightedSums() is what the engine makes of constant channels, ${name}`, async () => {
    const model = modelOf(layer);
    const [layerNode = node("Relu x -> y")] = model.nodes;
    const weight = model.initializers.get("w");
    if (weight === undefined) throw new Error("no weight");
    const channels = channelsOf(layer.x, inputChannelAxis(model, layerNode));
    const means = Float64Array.from(
      { length: Math.max(...channels) + 1 },
      (_, channel) => 0.5 + channel,
    );
    const x = {
      dtype: "float32",
      shape: layer.x,
      data: Float32Array.from(channels, (channel) => means[channel] ?? 0),
    } as const;
    const outputs = channelsOf(layer.y, layer.axis ?? 1);
    const expected: number[] = [];
    for await (const { outputs: found } of runModel(model, samplesOf(x))) {
      for (const [i, number] of (found.get("y")?.data ?? []).entries()) {
        const channel = outputs[i] ?? 0;
        expected[channel] = (expected[channel] ?? 0) + Number(number);
      }
    }
    for (const chunkBytes of [64, 4096]) {
      const sums = await weightedSums(model, { node: layerNode, weight }, { means, chunkBytes });
      assertEquals(sums?.length, expected.length);
      for (const [channel, sum] of expected.entries()) {
        const mean = sum * expected.length / outputs.length;
        assertAlmostEquals(sums?.[channel] ?? NaN, mean, 1e-4);
      }
    }
  });
}

Deno.test("weightedSums() knows no sums for a stack of matrices, and refuses other means", async () => {
  const stack = modelOf({ operator: "MatMul", x: [2, 3, 6], w: [2, 6, 4], y: [2, 3, 4] });
  const [product = node("Relu x -> y")] = stack.nodes;
  const weight = stack.initializers.get("w");
  if (weight === undefined) throw new Error("no weight");
  const means = new Float64Array(6);
  assertEquals(await weightedSums(stack, { node: product, weight }, { means }), undefined);
  const flat = viewTensor(weight, { kind: "reshape", shape: [12, 4] });
  const model = { ...stack, initializers: new Map([["w", flat]]) };
  await assertRejects(
    () => weightedSums(model, { node: product, weight: flat }, { means }),
    RangeError,
    'Cannot weigh the inputs of node "make_y": found 6 means, expected 12',
  );
});
