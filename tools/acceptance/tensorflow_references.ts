import { join } from "@std/path";
import { openModel } from "dlcstream";
import { evaluateNode } from "../../src/execute/mod.ts";
import { decodeBase64, type StoredTensor, tensorOf } from "../references/stored_tensor.ts";
import { type Check, type Finding, messageOf, verdict } from "./check.ts";
import { largestDifference } from "./reference_run.ts";
import { runScript } from "./reference_script.ts";
import { createTemporaryFolder } from "./temporary_folder.ts";

/** The largest difference that is let pass, in parts of the output's largest magnitude. */
const TOLERANCE = 1e-4;

interface Reference {
  readonly inputs: Readonly<Record<string, StoredTensor>>;
  readonly outputs: Readonly<Record<string, StoredTensor>>;
}

interface OperatorCase extends Reference {
  readonly name: string;
  readonly model: string;
}

/** The models of `testdata`, made again by TensorFlow, give the numbers that it computes now. */
export const TENSORFLOW_REFERENCES: Check = {
  title: `TensorFlow's own numbers, made again (largest difference <= ${TOLERANCE})`,
  columns: [
    { name: "models" },
    { name: "count", align: "right" },
    { name: "largest relative difference", align: "right" },
  ],
  async *run(): AsyncGenerator<Finding> {
    await using folder = await createTemporaryFolder();
    const stopped = await runScript({
      file: "make_tensorflow_references.py",
      module: "tensorflow",
      variable: "TENSORFLOW_PYTHON",
      install: '"pip install tensorflow-cpu==2.21.0" in a virtual environment',
    }, folder.path);
    if (stopped !== undefined) {
      yield { cells: [stopped.problem, "0", ""], verdict: stopped.verdict };
      return;
    }
    const lines = await Deno.readTextFile(join(folder.path, "operators.jsonl"));
    const cases = lines.trim().split("\n").map((line) => JSON.parse(line) as OperatorCase);
    yield await compare("operators", cases.map((one) => [decodeBase64(one.model), one] as const));
    const text = await Deno.readTextFile(join(folder.path, "references.json"));
    const references = JSON.parse(text) as Readonly<Record<string, Reference>>;
    for (const [name, reference] of Object.entries(references)) {
      yield await compare(name, [[join(folder.path, name), reference]]);
    }
  },
};

async function compare(
  name: string,
  models: readonly (readonly [string | Uint8Array, Reference])[],
): Promise<Finding> {
  let largest = 0;
  try {
    for (const [model, reference] of models) {
      largest = Math.max(largest, await difference(model, reference));
    }
  } catch (error) {
    return { cells: [name, `${models.length}`, messageOf(error)], verdict: "failed" };
  }
  return {
    cells: [name, `${models.length}`, largest.toExponential(1)],
    verdict: verdict(largest <= TOLERANCE),
  };
}

async function difference(source: string | Uint8Array, reference: Reference): Promise<number> {
  await using model = await openModel(source, {
    outputs: Object.keys(reference.outputs),
    batch: "keep",
    evaluate: (node, inputs) => evaluateNode(node, inputs, {}),
  });
  const { inputs, outputs } = reference;
  return await largestDifference(model, {
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, stored]) => [name, tensorOf(stored)]),
    ),
    outputs: Object.values(outputs).map((stored) => Array.from(tensorOf(stored).data, Number)),
  });
}
