import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { restateBatchNorms } from "../../src/quantize/restate_batch_norms.ts";
import { readDense } from "../../src/tensor/mod.ts";
import { convolutionModel, floats, node, smallModel } from "./small_model.ts";

const MODEL = smallModel({
  inputs: { x: [1, 2, 1, 1] },
  outputs: ["y"],
  nodes: [
    node("BatchNormalization", ["x", "gamma", "beta", "mean", "variance"], ["y"], {
      epsilon: { type: "float", value: 0.01 },
    }),
  ],
  constants: {
    gamma: floats([2], [2, -3]),
    beta: floats([2], [0.5, -1]),
    mean: floats([2], [0.25, -0.5]),
    variance: floats([2], [4, 0.24]),
  },
  values: { y: [1, 2, 1, 1] },
});

Deno.test("restateBatchNorms() leaves one weight and one bias that compute the same", async () => {
  const model = await restateBatchNorms(MODEL);
  const [restated] = model.nodes;
  assertEquals(restated?.inputs, [
    "x",
    "y/node.weight",
    "y/node.bias",
    "y/node.mean",
    "y/node.variance",
  ]);
  assertEquals(restated?.attributes["epsilon"], { type: "float", value: 0 });
  const read = async (name: string) => {
    const reference = model.initializers.get(name);
    assert(reference !== undefined);
    return Array.from((await readDense(reference)).data, Number);
  };
  const weight = await read("y/node.weight");
  const bias = await read("y/node.bias");
  assertEquals(await read("y/node.mean"), [0, 0]);
  assertEquals(await read("y/node.variance"), [1, 1]);
  for (const x of [-1, 0, 2.5]) {
    const first = 2 * (x - 0.25) / Math.sqrt(4.01) + 0.5;
    const second = -3 * (x + 0.5) / Math.sqrt(0.25) - 1;
    assertAlmostEquals((weight[0] ?? NaN) * x + (bias[0] ?? NaN), first, 1e-6);
    assertAlmostEquals((weight[1] ?? NaN) * x + (bias[1] ?? NaN), second, 1e-5);
  }
  assertEquals([...model.initializers.keys()].includes("gamma"), false);
});

Deno.test("restateBatchNorms() done twice changes nothing more", async () => {
  const once = await restateBatchNorms(MODEL);
  assert(await restateBatchNorms(once) === once);
  const without = convolutionModel();
  assert(await restateBatchNorms(without) === without);
});

Deno.test("restateBatchNorms() does not take a name that is taken", async () => {
  const gamma = MODEL.initializers.get("gamma");
  assert(gamma !== undefined);
  const [batchNorm] = MODEL.nodes;
  assert(batchNorm !== undefined);
  const [x = "", , ...rest] = batchNorm.inputs;
  const model = await restateBatchNorms({
    ...MODEL,
    nodes: [{ ...batchNorm, inputs: [x, "y/node.weight", ...rest] }],
    initializers: new Map(MODEL.initializers).set("y/node.weight", gamma),
  });
  assertEquals(model.nodes[0]?.inputs[1], "y/node.weight_");
});
