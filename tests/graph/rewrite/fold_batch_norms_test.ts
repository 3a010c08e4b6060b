import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../../src/errors.ts";
import { foldBatchNorms, type Model, type Node } from "../../../src/graph/mod.ts";
import type { DenseTensor, Encoding } from "../../../src/tensor/mod.ts";
import {
  build,
  elementsOf,
  float,
  floats,
  type GraphParts,
  input,
  listNodes,
  node,
} from "../graph_builder.ts";

const GAMMA = [2, -1, 0.5, 3];
const BETA = [1, 0, -1, 2];
const MEAN = [0.5, 1, 0, -2];
const VARIANCE = [4, 1, 0.25, 9];

function normConstants(channels: number): Readonly<Record<string, DenseTensor>> {
  return {
    gamma: floats([channels], GAMMA),
    beta: floats([channels], BETA),
    mean: floats([channels], MEAN),
    variance: floats([channels], VARIANCE),
  };
}

function norm(source: string, output: string): Node {
  return node("BatchNormalization", [source, "gamma", "beta", "mean", "variance"], output, {
    epsilon: float(0),
  });
}

/** γ/σ of the constants above, exact. */
const FACTORS = [1, -1, 1, 1];

function folded(parts: GraphParts): Promise<Model> {
  return build(parts).then((model) => foldBatchNorms(model));
}

Deno.test("foldBatchNorms() scales a Conv by output channel and moves the bias", async () => {
  const model = await folded({
    inputs: [input("x", 1, 3, 2, 2)],
    constants: { w: floats([2, 3, 1, 1]), b: floats([2], [10, 20]), ...normConstants(2) },
    nodes: [node("Conv", ["x", "w", "b"], "c"), norm("c", "y")],
    outputNames: ["y"],
  });
  assertEquals(listNodes(model), ["Conv(x,w,b)->y"]);
  assertEquals(await elementsOf(model, "w"), [1, 2, 3, -4, -5, -6]);
  // beta + (b - mean) * factor
  assertEquals(await elementsOf(model, "b"), [1 + 9.5, 0 - 19]);
  const kept = model.batchNorms.get("node_c");
  assertEquals([...kept?.gamma ?? []], [2, -1]);
  assertEquals([...kept?.beta ?? []], [1, 0]);
  assertEquals(model.initializers.get("w")?.views.map(({ kind }) => kind), ["scale"]);
});

Deno.test("foldBatchNorms() gives a layer without bias one, and uses epsilon", async () => {
  const model = await folded({
    inputs: [input("x", 1, 1, 1)],
    constants: {
      w: floats([1, 1, 1]),
      g: floats([1], [3]),
      b: floats([1], [0]),
      m: floats([1], [1]),
      v: floats([1], [0.25]),
    },
    nodes: [
      node("Conv", ["x", "w"], "c"),
      node("BatchNormalization", ["c", "g", "b", "m", "v"], "y", { epsilon: 0.125 }),
    ],
    outputNames: ["y"],
  });
  const [, , bias = ""] = model.nodes[0]?.inputs ?? [];
  assertEquals(bias, "node_c.bias");
  const [weight = 0] = await elementsOf(model, "w");
  assertAlmostEquals(weight, 3 / Math.sqrt(0.375), 1e-6);
  const [value = 0] = await elementsOf(model, bias);
  assertAlmostEquals(value, -3 / Math.sqrt(0.375), 1e-6);
});

interface Transposed {
  readonly groups: number;
  readonly shape: readonly [number, number, number];
}

/** Output channel of each element of a ConvTranspose weight `[in, out / groups, k]`. */
function transposedChannels(
  { groups, shape: [inputs, outPerGroup, kernel] }: Transposed,
): number[] {
  const channels: number[] = [];
  for (let i = 0; i < inputs; i++) {
    const group = Math.floor(i / (inputs / groups));
    for (let o = 0; o < outPerGroup; o++) {
      for (let k = 0; k < kernel; k++) channels.push(group * outPerGroup + o);
    }
  }
  return channels;
}

Deno.test("foldBatchNorms() finds the output channels of a ConvTranspose in groups", async () => {
  const cases: readonly Transposed[] = [
    { groups: 1, shape: [3, 4, 2] },
    { groups: 4, shape: [4, 1, 3] },
    { groups: 4, shape: [8, 1, 3] },
    { groups: 2, shape: [6, 2, 2] },
  ];
  for (const { groups, shape } of cases) {
    const weight = floats(shape);
    const model = await folded({
      inputs: [input("x", 1, shape[0], 5)],
      constants: { w: weight, ...normConstants(4) },
      nodes: [node("ConvTranspose", ["x", "w"], "c", { group: groups }), norm("c", "y")],
      outputNames: ["y"],
    });
    assertEquals(listNodes(model), ["ConvTranspose(x,w,node_c.bias)->y"]);
    const expected = transposedChannels({ groups, shape })
      .map((channel, i) => Number(weight.data[i]) * (FACTORS[channel] ?? 0));
    assertEquals(await elementsOf(model, "w"), expected);
    assertEquals(model.initializers.get("w")?.shape, shape);
  }
});

Deno.test("foldBatchNorms() folds into Gemm with its factors, and makes a MatMul a Gemm", async () => {
  const gemm = await folded({
    inputs: [input("x", 5, 2)],
    constants: { w: floats([2, 2]), b: floats([2], [10, 20]), ...normConstants(2) },
    nodes: [
      node("Gemm", ["x", "w", "b"], "c", { transB: 1, beta: 0.5, alpha: float(2) }),
      norm("c", "y"),
    ],
    outputNames: ["y"],
  });
  assertEquals(await elementsOf(gemm, "w"), [1, 2, -3, -4]);
  assertEquals(await elementsOf(gemm, "b"), [1 + 4.5, 0 - 9]);
  assertEquals(gemm.nodes[0]?.attributes["beta"]?.value, 1);
  assertEquals(gemm.nodes[0]?.attributes["alpha"]?.value, 2);
  const product = await folded({
    inputs: [input("x", 5, 2)],
    constants: { w: floats([2, 2]), ...normConstants(2) },
    nodes: [node("MatMul", ["x", "w"], "c"), norm("c", "y")],
    outputNames: ["y"],
  });
  assertEquals(listNodes(product), ["Gemm(x,w,node_c.bias)->y"]);
  assertEquals(await elementsOf(product, "w"), [1, -2, 3, -4]);
});

Deno.test("foldBatchNorms() gives a shared weight two names", async () => {
  const model = await folded({
    inputs: [input("x", 1, 1, 2, 2)],
    constants: { w: floats([2, 1, 1, 1]), ...normConstants(2) },
    nodes: [
      node("Conv", ["x", "w"], "c"),
      norm("c", "y"),
      node("Conv", ["x", "w"], "z"),
    ],
    outputNames: ["y", "z"],
  });
  assertEquals(listNodes(model), ["Conv(x,node_c.weight,node_c.bias)->y", "Conv(x,w)->z"]);
  assertEquals(await elementsOf(model, "w"), [1, 2]);
  assertEquals(await elementsOf(model, "node_c.weight"), [1, -2]);
});

Deno.test("foldBatchNorms() leaves a norm whose input others need or speak of", async () => {
  const parts: GraphParts = {
    inputs: [input("x", 1, 1, 2, 2)],
    constants: { w: floats([2, 1, 1, 1]), ...normConstants(2) },
    nodes: [node("Conv", ["x", "w"], "c"), norm("c", "y"), node("Relu", ["c"], "r")],
  };
  const encoding: Encoding = {
    bitwidth: 8,
    min: 0,
    max: 255,
    scale: 1,
    offset: 0,
    symmetric: false,
  };
  const cases: readonly GraphParts[] = [
    { ...parts, outputNames: ["y", "c"] },
    { ...parts, outputNames: ["y", "r"] },
    {
      ...parts,
      outputNames: ["y"],
      overrides: {
        activations: new Map([["c", { encodings: [encoding] }]]),
        parameters: new Map(),
      },
    },
  ];
  for (const one of cases) {
    const model = await folded(one);
    assertEquals(model.nodes[1]?.operator, "BatchNormalization");
    assertEquals(model.batchNorms.size, 0);
  }
  const first = await folded({
    inputs: [input("x", 1, 2, 2, 2)],
    constants: normConstants(2),
    nodes: [norm("x", "y")],
    outputNames: ["y"],
  });
  assertEquals(first.nodes.length, 1);
});

Deno.test("foldBatchNorms() refuses a scale that is not finite", async () => {
  const model = await build({
    inputs: [input("x", 1, 1, 2)],
    constants: { w: floats([2, 1, 1]), ...normConstants(2), variance: floats([2], [1, -1]) },
    nodes: [node("Conv", ["x", "w"], "c"), norm("c", "y")],
    outputNames: ["y"],
  });
  const error = await assertRejects(() => foldBatchNorms(model), FormatError);
  assertEquals(
    error.message,
    'Cannot use node "node_y" (BatchNormalization): the scale of channel 1, gamma -1 over ' +
      "variance -1, is NaN, expected a finite number",
  );
});
