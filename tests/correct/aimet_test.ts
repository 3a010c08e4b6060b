import { assertAlmostEquals, assertEquals } from "@std/assert";
import { applyCorrections, expectedMeans, weightedSums } from "../../src/correct/mod.ts";
import { ChannelMeans } from "../../src/quantize/mod.ts";
import { channelMeans } from "../../src/execute/mean_nodes.ts";
import { readDense, referenceDense } from "../../src/tensor/mod.ts";
import { node, smallModel, tensor, value } from "../execute/_small_model.ts";
import vectors from "../../testdata/aimet/equalization_literals.json" with { type: "json" };

function vector(test: string): Record<string, unknown> {
  const found = vectors.cases.find((entry) => entry.test === test);
  if (found === undefined) throw new Error(`There is no "${test}"`);
  return found;
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

Deno.test("applyCorrections() with mean differences gives the biases of AIMET's CorrectBias", async () => {
  const { quantized_output, float_output, shape_NCHW, bias, expected_bias } = vector(
    "BiasCorrection.CorrectBias",
  );
  const shape = numbers(shape_NCHW);
  const meanOf = (elements: unknown) => {
    const means = new ChannelMeans(new Map([["y", 1]]));
    // AIMET's test stores the outputs twice, as two batches.
    for (let batch = 0; batch < 2; batch++) {
      means.add("y", channelMeans(tensor(shape, numbers(elements)), 1));
    }
    return means.of("y") ?? new Float64Array(0);
  };
  const quantized = meanOf(quantized_output);
  const correction = meanOf(float_output).map((mean, i) => mean - (quantized[i] ?? NaN));
  const model = smallModel({
    inputs: [value("x", [2, 1, 3, 1])],
    nodes: [node("Conv x,w,b -> y")],
    values: [value("y", shape)],
    initializers: { w: tensor([2, 1, 1, 1], [1, 1]), b: tensor([2], numbers(bias)) },
  });
  const corrected = await applyCorrections(model, new Map([["make_y", correction]]));
  const b = corrected.model.initializers.get("b");
  assertEquals(b === undefined ? [] : [...(await readDense(b)).data], numbers(expected_bias));
});

for (
  const { test, activation } of [
    { test: "BiasCorrection.CorrectBiasBNParams", activation: true },
    { test: "BiasCorrection.CorrectBiasBNParamsNoActivation", activation: false },
  ]
) {
  Deno.test(`weightedSums() of expectedMeans() gives the biases of AIMET's ${test}`, async () => {
    const { weight, quantized_weight, shape, gamma, beta, bias, expected_bias_1_and_2 } = vector(
      test,
    );
    const model = {
      ...smallModel({
        inputs: [value("x", [1, 1, 8, 8])],
        nodes: [
          node("Conv x,w1 -> c"),
          node(activation ? "Relu c -> r" : "Identity c -> r"),
          node("Conv r,w,b -> y"),
        ],
        values: [value("c", [1, 2, 8, 8]), value("r", [1, 2, 8, 8]), value("y", [1, 3, 6, 8])],
        initializers: {
          w1: tensor([2, 1, 1, 1], [1, 1]),
          w: tensor(numbers(shape), numbers(weight)),
          b: tensor([3], numbers(bias)),
        },
      }),
      batchNorms: new Map([["make_c", {
        gamma: Float32Array.from(numbers(gamma)),
        beta: Float32Array.from(numbers(beta)),
      }]]),
    };
    const means = expectedMeans(model).get("r") ?? new Float64Array(0);
    const [, , layer = node("Relu x -> y")] = model.nodes;
    const sums = async (elements: unknown) =>
      await weightedSums(model, {
        node: layer,
        weight: referenceDense("w", tensor(numbers(shape), numbers(elements))),
      }, { means }) ?? new Float64Array(0);
    const before = await sums(weight);
    const after = await sums(quantized_weight);
    for (const channel of [0, 1, 2]) {
      const error = (after[channel] ?? NaN) - (before[channel] ?? NaN);
      const corrected = (numbers(bias)[channel] ?? NaN) - error;
      assertAlmostEquals(corrected, Number(expected_bias_1_and_2), 1e-6);
    }
  });
}
