import { fromFileUrl, join } from "@std/path";
import { type DataType, type DenseTensor, openModel, runModel, type TensorData } from "dlcstream";
import { evaluateNode } from "../../src/execute/mod.ts";
import { type Check, type Finding, messageOf, verdict } from "./check.ts";
import { createTemporaryFolder } from "./temporary_folder.ts";

/** The largest difference that is let pass, in parts of the output's largest magnitude. */
const TOLERANCE = 1e-4;

const SCRIPT = fromFileUrl(new URL("../make_tensorflow_references.py", import.meta.url));

interface StoredTensor {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly data: string;
}

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
    if (!await succeeds(["-c", "import tensorflow"])) {
      yield { cells: ["python3 has no tensorflow here", "0", ""], verdict: "noted" };
      return;
    }
    await using folder = await createTemporaryFolder();
    if (!await succeeds([SCRIPT, folder.path])) {
      yield { cells: [`${SCRIPT} fails`, "0", ""], verdict: "failed" };
      return;
    }
    const lines = await Deno.readTextFile(join(folder.path, "operators.jsonl"));
    const cases = lines.trim().split("\n").map((line) => JSON.parse(line) as OperatorCase);
    yield await compare("operators", cases.map((one) => [bytesOf(one.model), one] as const));
    const text = await Deno.readTextFile(join(folder.path, "references.json"));
    const references = JSON.parse(text) as Readonly<Record<string, Reference>>;
    for (const [name, reference] of Object.entries(references)) {
      yield await compare(name, [[join(folder.path, name), reference]]);
    }
  },
};

async function succeeds(args: readonly string[]): Promise<boolean> {
  try {
    const command = new Deno.Command("python3", {
      args: [...args],
      stdout: "null",
      stderr: "null",
    });
    return (await command.output()).success;
  } catch {
    return false;
  }
}

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
  const given = Object.values(reference.inputs).map(tensorOf);
  const sample = new Map(
    model.inputs.flatMap(({ name }, index): [string, DenseTensor][] => {
      const tensor = given[index];
      return tensor === undefined ? [] : [[name, tensor]];
    }),
  );
  let largest = 0;
  const samples = { length: 1, read: () => Promise.resolve(sample) };
  for await (const { outputs } of runModel(model, samples)) {
    for (const [index, stored] of Object.values(reference.outputs).entries()) {
      const found = outputs.get(model.outputs[index]?.name ?? "");
      const expected = Array.from(tensorOf(stored).data, Number);
      const magnitude = Math.max(1e-6, ...expected.map(Math.abs));
      for (const [place, value] of expected.entries()) {
        const error = Math.abs(Number(found?.data[place]) - value) / magnitude;
        if (!(error <= largest)) largest = Number.isNaN(error) ? Infinity : error;
      }
    }
  }
  return largest;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function tensorOf({ dtype, shape, data }: StoredTensor): DenseTensor {
  const { buffer } = bytesOf(data);
  const elements: TensorData = dtype === "int32"
    ? new Int32Array(buffer)
    : dtype === "int64"
    ? new BigInt64Array(buffer)
    : new Float32Array(buffer);
  return { dtype, shape, data: elements };
}
