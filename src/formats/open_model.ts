import { FormatError } from "../errors.ts";
import type { Model } from "../graph/mod.ts";
import { type ByteSource, openSource } from "../io/mod.ts";
import { dlcToModel, isDlc, openDlc } from "./dlc/mod.ts";
import { isOnnx, openOnnx, type OpenOnnxOptions } from "./onnx/mod.ts";
import { readKeptRecords } from "./kept_records.ts";
import { restoreParameterNames } from "./parameter_names.ts";

/** Options for {@linkcode openModel}; shapes and batch apply to ONNX files only. */
export type OpenModelOptions = OpenOnnxOptions;

/** Enough of a file to tell its format. */
const HEAD_BYTES = 64;

/**
 * Opens a model. The format is told by the content. Only the graph is read; weights stay where they
 * are until somebody iterates them.
 *
 * @param input A path, a URL (`http:` and `https:` by range requests), a `Blob`, or bytes.
 * @param options Input shapes, batch, what runs constant nodes, the abort signal.
 * @returns The model; dispose of it to close its files.
 * @throws {FormatError} If the file is damaged or of no known format.
 * @throws {UnsupportedError} If the model uses something that is not supported.
 */
export async function openModel(
  input: string | URL | Blob | Uint8Array,
  options: OpenModelOptions = {},
): Promise<Model> {
  const source = await openSource(
    input,
    options.signal === undefined ? {} : { signal: options.signal },
  );
  try {
    return await openByContent(source, options);
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

async function openByContent(source: ByteSource, options: OpenModelOptions): Promise<Model> {
  const head = new Uint8Array(Math.min(HEAD_BYTES, source.byteLength));
  await source.read(head, 0, options);
  if (isDlc(head)) {
    const document = await openDlc(source);
    const model = await dlcToModel(document);
    const { parameterNames = [], ...kept } = await readKeptRecords(document);
    return restoreParameterNames({ ...model, ...kept }, parameterNames);
  }
  if (isOnnx(head)) return await openOnnx(source, options);
  throw new FormatError(
    `Cannot open model "${source.name}": its first bytes are ${hex(head)}, expected a DLC ` +
      "archive or an ONNX model",
    { file: source.name, offset: 0, found: hex(head) },
  );
}

function hex(bytes: Uint8Array): string {
  const text = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0"));
  return text.length === 0 ? "none (the file is empty)" : text.join(" ");
}
