import { assertEquals } from "@std/assert";
import { evaluateNode, runModel } from "../../../src/execute/mod.ts";
import type { Model } from "../../../src/graph/mod.ts";
import { type StoredTensor, tensorOf } from "../../../tools/references/stored_tensor.ts";

/** Inputs of a model and the outputs that TensorFlow computed, by name. */
export interface Reference {
  readonly inputs: Readonly<Record<string, StoredTensor>>;
  readonly outputs: Readonly<Record<string, StoredTensor>>;
}

/** The folder of TensorFlow's models. */
export const TESTDATA = new URL("../../../testdata/tensorflow/", import.meta.url);

/** What an engine computes when constants are folded. */
export const evaluate = (
  ...[node, inputs]: Parameters<typeof evaluateNode>
): ReturnType<typeof evaluateNode> => evaluateNode(node, inputs, {});

/**
 * The largest difference between what a model computes and what TensorFlow did, in parts of the
 * largest magnitude of the output; types and shapes must be equal.
 *
 * @param model The model; inputs and outputs are told by the order of the reference's names.
 */
export async function largestDifference(model: Model, reference: Reference): Promise<number> {
  const given = Object.values(reference.inputs).map(tensorOf);
  const inputs = new Map(model.inputs.map(({ name }, index) => [name, given[index]] as const));
  const samples = {
    length: 1,
    read: () =>
      Promise.resolve(
        new Map([...inputs].flatMap(([name, tensor]) =>
          tensor === undefined ? [] : [[name, tensor] as const]
        )),
      ),
  };
  let largest = 0;
  for await (const { outputs } of runModel(model, samples)) {
    for (const [position, stored] of Object.values(reference.outputs).entries()) {
      const expected = tensorOf(stored);
      const name = model.outputs[position]?.name ?? "";
      const found = outputs.get(name);
      assertEquals([name, found?.dtype, found?.shape], [name, expected.dtype, expected.shape]);
      const numbers = Array.from(expected.data, Number);
      const magnitude = Math.max(1e-6, ...numbers.map(Math.abs));
      for (const [index, value] of numbers.entries()) {
        const difference = Math.abs(Number(found?.data[index]) - value) / magnitude;
        if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
      }
    }
  }
  return largest;
}
