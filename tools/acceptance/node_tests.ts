import { join } from "@std/path";
import {
  type DenseTensor,
  type Model,
  onnxCodeOfDataType,
  openModel,
  runModel,
  type Sample,
  type TensorData,
  UnsupportedError,
} from "dlcstream";
import { InferenceSession, Tensor } from "../../src/execute/native_runtime.ts";
import { type Check, type Finding, messageOf, verdict } from "./check.ts";
import { freezeInputs, inputProtos } from "./model_proto.ts";
import type { Shared } from "./shared.ts";
import { type NumberTensor, readTensorFile } from "./tensor_file.ts";

const FOLDER = "data/vectors/onnx_node";

/** Differences that are let pass, in parts of the output's largest magnitude. */
const TOLERANCES: Readonly<Partial<Record<string, number>>> = {
  float32: 1e-4,
  float64: 1e-4,
  float16: 2e-3,
};

/** The operator tests of the ONNX project: what is opened runs to the expected outputs. */
export const NODE_TESTS: Check = {
  title: "ONNX operator tests",
  columns: [{ name: "test" }, { name: "outcome" }],
  async *run(shared): AsyncGenerator<Finding> {
    const counts = { all: 0, asIs: 0, frozen: 0, refused: 0, deviating: 0 };
    for (const { name, folder } of await listNodeTests(shared)) {
      counts.all++;
      try {
        const ran = await runTest(folder);
        if (ran === "as it is") counts.asIs++;
        else counts.frozen++;
      } catch (error) {
        const refused = error instanceof UnsupportedError;
        if (refused) counts.refused++;
        const known = error instanceof Deviation &&
          await runtimeGives(folder, error);
        if (known) counts.deviating++;
        yield {
          cells: [
            name,
            messageOf(error) + (known ? "; ONNX Runtime gives it for the file too" : ""),
          ],
          verdict: refused || known ? "noted" : "failed",
        };
      }
    }
    const { all, asIs, frozen, refused, deviating } = counts;
    yield {
      cells: [
        `all ${all}`,
        `${asIs + frozen} give the expected outputs (${frozen} of them with shapes and the like ` +
        `made constant), ${refused} are refused, ${deviating} differ as ONNX Runtime does`,
      ],
      verdict: verdict(asIs + frozen + refused + deviating === all),
    };
  },
};

/** A test of an operator: a model and what it makes of what. */
export interface NodeTest {
  readonly model: Uint8Array;
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly NumberTensor[];
}

/** The operator tests in the order of their names. */
export async function listNodeTests(
  shared: Shared,
): Promise<readonly { readonly name: string; readonly folder: string }[]> {
  const names = await Array.fromAsync(Deno.readDir(shared.path(FOLDER)), ({ name }) => name);
  return names.sort().map((name) => ({ name, folder: shared.path(FOLDER, name) }));
}

/**
 * Runs a test as it is and, where inputs must be constant, with all but the first frozen, then with
 * all.
 */
async function runTest(folder: string): Promise<"as it is" | "with constants"> {
  const test = await readNodeTest(folder);
  let first: unknown;
  for (const fed of new Set([test.inputs.length, 1, 0])) {
    try {
      await runNodeTest(test, { isFed: (position) => position < fed });
      return fed === test.inputs.length ? "as it is" : "with constants";
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      first ??= error;
    }
  }
  throw first;
}

/** Reads the files of a test. */
export async function readNodeTest(folder: string): Promise<NodeTest> {
  const data = join(folder, "test_data_set_0");
  const read = async (kind: string): Promise<Uint8Array[]> => {
    const files: Uint8Array[] = [];
    try {
      for (;;) files.push(await Deno.readFile(join(data, `${kind}_${files.length}.pb`)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return files;
      throw error;
    }
  };
  return {
    model: await Deno.readFile(join(folder, "model.onnx")),
    inputs: await read("input"),
    outputs: (await read("output")).map(readTensorFile),
  };
}

/** How {@linkcode runNodeTest} runs a test. */
export interface NodeTestOptions {
  /** Whether the input at a position is fed; the others become constants. */
  readonly isFed: (position: number) => boolean;
  /**
   * What runs in place of the model, for instance what became of it in a file.
   *
   * @default {undefined} the model itself
   */
  readonly reopen?: (model: Model) => Promise<Model>;
}

/**
 * Runs a test and compares its outputs.
 *
 * @throws {UnsupportedError} If something in it is not supported.
 * @throws {Deviation} If an element is not as expected.
 */
export async function runNodeTest(test: NodeTest, options: NodeTestOptions): Promise<void> {
  const { model: bytes, inputs, outputs } = test;
  const { isFed, reopen } = options;
  const declared = inputProtos(bytes);
  const frozen = new Map<string, Uint8Array>();
  const sample = new Map<string, DenseTensor>();
  for (const [position, input] of inputs.entries()) {
    const { name = "", elementType = 0 } = declared[position] ?? {};
    const tensor = readTensorFile(input);
    if (onnxCodeOfDataType(tensor.dtype) !== elementType) {
      throw new UnsupportedError(
        `The file of input "${name}" holds ${tensor.dtype}, the model declares ONNX type ${elementType}`,
      );
    }
    if (!isFed(position)) frozen.set(name, input);
    else sample.set(name, toDense(tensor));
  }
  await using opened = await openModel(freezeInputs(bytes, frozen), { batch: "keep" });
  await using reopened = await reopen?.(opened);
  const model = reopened ?? opened;
  const samples = { length: 1, read: (): Promise<Sample> => Promise.resolve(sample) };
  for await (const { outputs: found } of runModel(model, samples)) {
    for (const [position, { name }] of opened.outputs.entries()) {
      compare(name, found.get(name), outputs[position]);
    }
  }
}

function toDense({ dtype, shape, values }: NumberTensor): DenseTensor {
  return { dtype, shape, data: elementsOf(dtype, values) };
}

function elementsOf(dtype: NumberTensor["dtype"], values: readonly number[]): TensorData {
  switch (dtype) {
    case "float32":
      return Float32Array.from(values);
    case "float64":
      return Float64Array.from(values);
    case "float16":
      return new Uint16Array(Float16Array.from(values).buffer);
    case "int4":
    case "int8":
      return Int8Array.from(values);
    case "int16":
      return Int16Array.from(values);
    case "uint16":
      return Uint16Array.from(values);
    case "int32":
      return Int32Array.from(values);
    case "uint32":
      return Uint32Array.from(values);
    case "int64":
      return BigInt64Array.from(values, BigInt);
    case "uint64":
      return BigUint64Array.from(values, BigInt);
    case "uint4":
    case "uint8":
    case "bool":
      return Uint8Array.from(values);
    case "bfloat16":
      throw new UnsupportedError("Cannot feed bfloat16: the engine has no such input");
  }
}

function numbersOf({ dtype, data }: DenseTensor): number[] {
  if (dtype === "float16" && data instanceof Uint16Array) {
    return [...new Float16Array(data.buffer, data.byteOffset, data.length)];
  }
  return Array.from<number | bigint, number>(data, Number);
}

/** An element is not what the test expects. */
export class Deviation extends Error {
  readonly output: string;
  readonly place: number;
  readonly found: number;

  constructor(
    { output, place, found, expected }: Pick<Deviation, "output" | "place" | "found"> & {
      readonly expected: number;
    },
  ) {
    super(`Output "${output}" is ${found} at element ${place}, expected ${expected}`);
    this.output = output;
    this.place = place;
    this.found = found;
  }
}

/** Whether ONNX Runtime alone, given the file of the test, comes to the same number. */
export async function runtimeGives(folder: string, deviation: Deviation): Promise<boolean> {
  const { model, inputs } = await readNodeTest(folder);
  const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
  try {
    const feeds = inputProtos(model).map(({ name }, position) => {
      const { dtype, shape, data } = toDense(readTensorFile(inputs[position] ?? new Uint8Array()));
      return [name, new Tensor(dtype, data, shape)];
    });
    const found = await session.run(Object.fromEntries(feeds), { [deviation.output]: null });
    const data = found[deviation.output]?.data;
    return data instanceof Float32Array && data[deviation.place] === deviation.found;
  } finally {
    await session.release();
  }
}

/** @throws {Deviation} If an element differs from the expected one. */
function compare(
  name: string,
  found: DenseTensor | undefined,
  expected: NumberTensor | undefined,
): void {
  if (found === undefined || expected === undefined) {
    throw new Error(`Output "${name}" is missing, here or among the expected ones`);
  }
  if (found.dtype !== expected.dtype || `${found.shape}` !== `${expected.shape}`) {
    throw new Error(
      `Output "${name}" is ${found.dtype} [${found.shape}], expected ${expected.dtype} ` +
        `[${expected.shape}]`,
    );
  }
  const tolerance = TOLERANCES[found.dtype] ?? 0;
  const magnitude = expected.values.reduce(
    (most, value) => Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most,
    0,
  );
  for (const [place, value] of numbersOf(found).entries()) {
    const wanted = expected.values[place] ?? NaN;
    if (Object.is(value, wanted) || Math.abs(value - wanted) <= tolerance * magnitude) continue;
    throw new Deviation({ output: name, place, found: value, expected: wanted });
  }
}
