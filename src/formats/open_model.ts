import { FormatError } from "../errors.ts";
import { type Model, type OpenNetworkOptions, selectOutputs } from "../graph/mod.ts";
import { type ByteSource, openSource } from "../io/mod.ts";
import { isCaffe, openCaffe } from "./caffe/mod.ts";
import { isCaffe2, openCaffe2 } from "./caffe2/mod.ts";
import { dlcToModel, isDlc, openDlc } from "./dlc/mod.ts";
import { isOnnx, openOnnx } from "./onnx/mod.ts";
import { readKeptRecords } from "./kept_records.ts";
import { restoreParameterNames } from "./parameter_names.ts";
import { restoreValueNames } from "./value_names.ts";
import {
  openTensorflow,
  type OpenTensorflowOptions,
  savedModelFile,
  tensorflowKind,
} from "./tensorflow/mod.ts";

/** What only models of TensorFlow ask for. */
export type TensorflowChoice = Pick<
  OpenTensorflowOptions,
  "onUnconsumedNodes" | "savedModelSignatureKey" | "savedModelTag"
>;

/** Options for {@linkcode openModel}; shapes and batch do not apply to DLC files. */
export interface OpenModelOptions extends OpenNetworkOptions, TensorflowChoice {
  /**
   * The file with the weights, for networks that are in two files: the caffemodel of a prototxt, the
   * init net of a Caffe2 net.
   *
   * @default {undefined} the file itself
   */
  readonly weights?: string | URL | Blob | Uint8Array;
  /**
   * Values that become the network outputs, of Caffe networks also layers, of TensorFlow models nodes
   * or keys of the signature; what they do not need is left out.
   *
   * @default {[]} the outputs that the file names
   */
  readonly outputs?: readonly string[];
}

/** Enough of a file to tell its format, also behind a comment. */
const HEAD_BYTES = 4096;

/** Formats whose first field tells them are looked for in this much. */
const SHORT_HEAD_BYTES = 64;

/**
 * Opens a model. The format is told by the content. Only the graph is read; weights stay where they
 * are until somebody iterates them.
 *
 * @param input A path, a URL (`http:` and `https:` by range requests), a `Blob`, or bytes; of a
 *   TensorFlow SavedModel also its folder.
 * @param options Input shapes, batch, what runs constant nodes, the abort signal.
 * @returns The model; dispose of it to close its files.
 * @throws {FormatError} If the file is damaged or of no known format.
 * @throws {UnsupportedError} If the model uses something that is not supported.
 */
export async function openModel(
  input: string | URL | Blob | Uint8Array,
  options: OpenModelOptions = {},
): Promise<Model> {
  const { signal, outputs = [] } = options;
  const file = typeof input === "string" || input instanceof URL
    ? await savedModelFile(input)
    : input;
  const source = await openSource(file, signal === undefined ? {} : { signal });
  try {
    const model = await openByContent(source, options);
    const same = outputs.length === 0 || SELECTING.has(model.metadata.format ?? "");
    return same ? model : selectOutputs(model, outputs);
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

/** Formats whose readers know what outputs are called. */
const SELECTING = new Set(["caffe", "caffe2", "tensorflow"]);

async function openByContent(source: ByteSource, options: OpenModelOptions): Promise<Model> {
  const { weights, ...others } = options;
  const head = new Uint8Array(Math.min(HEAD_BYTES, source.byteLength));
  await source.read(head, 0, options);
  if (isDlc(head)) {
    const document = await openDlc(source);
    const model = await dlcToModel(document);
    const { parameterNames = [], transposeNames = [], ...kept } = await readKeptRecords(document);
    const named = restoreParameterNames({ ...model, ...kept }, parameterNames);
    return restoreValueNames(named, transposeNames);
  }
  const open = isCaffe(head) ? openCaffe : isCaffe2(head) ? openCaffe2 : undefined;
  if (open !== undefined) {
    if (weights === undefined) return await open(source, others);
    return await open(source, { ...others, weights: await openSource(weights) });
  }
  if (weights !== undefined) throw new RangeError(unneededWeights(source.name));
  if (tensorflowKind(head) !== undefined) return await openTensorflow(source, others);
  if (isOnnx(head.subarray(0, SHORT_HEAD_BYTES))) return await openOnnx(source, options);
  throw new FormatError(
    `Cannot open model "${source.name}": its first bytes are ${hex(head)}, expected a DLC ` +
      "archive, an ONNX model, a network of Caffe or Caffe2, or a model of TensorFlow",
    { file: source.name, offset: 0, found: hex(head) },
  );
}

function unneededWeights(file: string): string {
  return `Cannot open "${file}" with a file of weights beside it: it is no network of Caffe or Caffe2`;
}

function hex(bytes: Uint8Array): string {
  const text = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0"));
  return text.length === 0 ? "none (the file is empty)" : text.join(" ");
}
