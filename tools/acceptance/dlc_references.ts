import { join } from "@std/path";
import { type DenseTensor, type Model, openModel, runModel, saveDlc } from "dlcstream";
import {
  decodeBase64,
  denseTensors,
  type PlainTensor,
  tensorOf,
} from "../references/stored_tensor.ts";
import { detectionRows, storedRows } from "../references/detection_rows.ts";
import { messageOf } from "./check.ts";
import { payloads } from "./model_proto.ts";
import { sampleOf } from "./reference_run.ts";
import { createTemporaryFolder } from "./temporary_folder.ts";

/** What became of a reference of another system, converted to a DLC, read again and run. */
export interface DlcReference {
  /** The operators or layer types that it is about. */
  readonly types: readonly string[];
  /** The first line of what went wrong; `undefined` if it gives the stored outputs. */
  readonly error: string | undefined;
}

interface Reference {
  readonly types: readonly string[];
  readonly inputs: Readonly<Record<string, DenseTensor>>;
  readonly expected: readonly number[];
  readonly open: () => Promise<Model>;
  /** What to compare; the first output if left out. */
  readonly found?: ((outputs: ReadonlyMap<string, DenseTensor>) => readonly number[]) | undefined;
}

const TESTDATA = new URL("../../testdata/", import.meta.url);
const TOLERANCE = 1e-4;

/** The stored references of Caffe, an output at a time. */
export async function* caffeReferences(): AsyncGenerator<DlcReference> {
  const folder = new URL("caffe/", TESTDATA);
  for (const name of await namesIn(folder, ".json")) {
    const { inputs, opencv, numpy } = await readJson(new URL(`${name}.json`, folder));
    const text = await Deno.readTextFile(new URL(`${name}.prototxt`, folder));
    const layers = text.split(/^layer\s*\{/m).slice(1);
    yield* outputsOf({ ...opencv, ...numpy }, {
      inputs,
      typesOf: (output) =>
        layers.filter((layer) => layer.includes(`top: "${output}"`))
          .flatMap((layer) => /type: "(\w+)"/.exec(layer)?.[1] ?? []),
      open: (output) =>
        openModel(new URL(`${name}.prototxt`, folder), {
          weights: new URL(`${name}.caffemodel`, folder),
          outputs: [output],
        }),
    });
  }
}

/** The stored references of Caffe2, an output at a time. */
export async function* caffe2References(): AsyncGenerator<DlcReference> {
  const folder = new URL("caffe2/", TESTDATA);
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  for (const name of await namesIn(folder, ".json")) {
    const { inputs, outputs } = await readJson(new URL(`${name}.json`, folder));
    const net = await Deno.readFile(new URL(`${name}_predict.pb`, folder));
    const operators = payloads(net, [2]).map((operator) => ({
      outputs: payloads(operator, [2]).map(decode),
      types: payloads(operator, [4]).map(decode),
    }));
    yield* outputsOf(outputs ?? {}, {
      inputs,
      typesOf: (output) =>
        operators.filter((operator) => operator.outputs.includes(output))
          .flatMap(({ types }) => types),
      open: (output) =>
        openModel(new URL(`${name}_predict.pb`, folder), {
          weights: new URL(`${name}_init.pb`, folder),
          inputShapes: new Map(Object.entries(inputs).map(([key, { shape }]) => [key, shape])),
          outputs: [output],
        }),
    });
  }
}

/** The stored references of TensorFlow, a graph at a time. */
export async function* tensorflowReferences(): AsyncGenerator<DlcReference> {
  const text = await Deno.readTextFile(new URL("tensorflow/operators.jsonl", TESTDATA));
  await using folder = await createTemporaryFolder();
  for (const line of text.trim().split("\n")) {
    const { model, inputs, outputs } = JSON.parse(line);
    const bytes = decodeBase64(model);
    const types = payloads(bytes, [1, 2]).map((type) => new TextDecoder().decode(type));
    const [output = ""] = Object.keys(outputs);
    yield await checkReference(join(folder.path, "reference.dlc"), {
      types: [...new Set(types)],
      inputs: Object.fromEntries(Object.keys(inputs).map((key) => [key, tensorOf(inputs[key])])),
      expected: Array.from(tensorOf(outputs[output]).data, Number),
      open: () => openModel(bytes, { outputs: [output], batch: "keep" }),
    });
  }
}

async function* outputsOf(
  outputs: Readonly<Record<string, PlainTensor>>,
  { inputs, typesOf, open }: {
    readonly inputs: Readonly<Record<string, PlainTensor>>;
    readonly typesOf: (output: string) => readonly string[];
    readonly open: (output: string) => Promise<Model>;
  },
): AsyncGenerator<DlcReference> {
  await using folder = await createTemporaryFolder();
  for (const [output, { values }] of Object.entries(outputs)) {
    const types = typesOf(output);
    const isDetector = types.includes("DetectionOutput");
    yield await checkReference(join(folder.path, "reference.dlc"), {
      types,
      inputs: denseTensors(inputs),
      expected: isDetector ? storedRows(values).flat() : values,
      open: () => open(output),
      found: isDetector ? (outputs) => detectionRows(outputs, output).flat() : undefined,
    });
  }
}

async function checkReference(path: string, reference: Reference): Promise<DlcReference> {
  try {
    await runReference(path, reference);
    return { types: reference.types, error: undefined };
  } catch (error) {
    return { types: reference.types, error: messageOf(error) };
  }
}

async function runReference(
  path: string,
  { inputs, expected, open, found: select }: Reference,
): Promise<void> {
  await using original = await open();
  await saveDlc(original, path);
  await using model = await openModel(path);
  const sample = sampleOf(original, inputs);
  const samples = { length: 1, read: () => Promise.resolve(sample) };
  const magnitude = Math.max(1e-6, ...expected.map(Math.abs));
  for await (const { outputs } of runModel(model, samples)) {
    const found = select?.(outputs) ??
      Array.from(outputs.get(original.outputs[0]?.name ?? "")?.data ?? [], Number);
    const place = expected.findIndex((value, index) =>
      !(Math.abs(value - (found[index] ?? NaN)) <= TOLERANCE * magnitude)
    );
    if (place >= 0 || found.length !== expected.length) {
      throw new Error(`Element ${place} is ${found[place]}, expected ${expected[place]}`);
    }
  }
}

async function namesIn(folder: URL, suffix: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return names.filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length))
    .sort();
}

interface StoredReference {
  readonly inputs: Readonly<Record<string, PlainTensor>>;
  readonly outputs?: Readonly<Record<string, PlainTensor>>;
  readonly opencv?: Readonly<Record<string, PlainTensor>>;
  readonly numpy?: Readonly<Record<string, PlainTensor>>;
}

async function readJson(file: URL): Promise<StoredReference> {
  return JSON.parse(await Deno.readTextFile(file));
}
