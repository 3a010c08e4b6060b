import type { Model } from "../../../graph/mod.ts";
import { type AtomicOutput, createAtomicOutput } from "../../../io/mod.ts";
import { basename } from "../../../std/path.ts";
import type { ReadChunksOptions, TensorReference } from "../../../tensor/mod.ts";
import { modelParts } from "../encode/encode_graph.ts";
import { type MessagePart, sizeOfParts, type StreamedBytes } from "../encode/encode_message.ts";
import { externalTensor, tensorParts } from "../encode/encode_tensor.ts";
import { layOutExternal } from "./external_layout.ts";
import { insertQuantizeNodes } from "./insert_quantize_nodes.ts";
import { tensorBytes } from "./tensor_bytes.ts";

/** How far the writing of a model is. */
export interface WriteProgress {
  /** Bytes of tensors that are written. */
  readonly done: number;
  /** Bytes of tensors there are. */
  readonly total: number;
}

/** Options for {@linkcode writeOnnx}. */
export interface WriteOnnxOptions extends ReadChunksOptions {
  /**
   * From how many bytes of tensors on they go to a file of their own beside the model, which has
   * the model's name and `.data` behind it.
   *
   * @default {1073741824} 1 GiB
   */
  readonly externalDataBytes?: number;
  /** Called for each chunk that is written. */
  readonly onProgress?: (progress: WriteProgress) => void;
}

/** Readers of protobuf refuse larger messages. */
const MAX_MODEL_BYTES = 2 ** 31 - 1;

const DEFAULT_EXTERNAL_DATA_BYTES = 2 ** 30;

interface ExportedTensor extends StreamedBytes {
  readonly name: string;
  readonly reference: TensorReference;
}

/**
 * Writes a model as ONNX (IR version 10, the pinned opset). Encodings in force become
 * QuantizeLinear and DequantizeLinear nodes, quantized weights integers. Tensors stream from their
 * source to the file; neither file appears before it is complete.
 *
 * @param model What to write.
 * @param path The file, usually `….onnx`.
 * @param options Where large tensors go, chunk size, memory limit, abort signal, progress.
 * @throws {UnsupportedError} If ONNX has no type for an encoding.
 * @throws {RangeError} If the model is larger than a file may be and external data is switched off.
 */
export async function writeOnnx(
  model: Model,
  path: string,
  options: WriteOnnxOptions = {},
): Promise<void> {
  const { externalDataBytes = DEFAULT_EXTERNAL_DATA_BYTES } = options;
  const { nodes, initializers } = insertQuantizeNodes(model);
  const tensors = Array.from(initializers, ([name, reference]): ExportedTensor => ({
    name,
    reference,
    ...tensorBytes(reference, options),
  }));
  const total = sizeOfTensors(tensors);
  const external = total > externalDataBytes ? layOutExternal(tensors) : [];
  const offsets = new Map(external.map(({ tensor, offset }) => [tensor.name, offset]));
  const dataPath = `${path}.data`;
  const location = basename(dataPath);
  const parts = modelParts({
    ...model,
    nodes,
    initializers: tensors.map((tensor) => {
      const { reference: { dtype, shape }, name, byteLength } = tensor;
      const offset = offsets.get(name);
      return offset === undefined
        ? tensorParts({ name, dtype, shape }, tensor)
        : [externalTensor({ name, dtype, shape }, { location, offset, byteLength })];
    }),
  });
  checkSize(path, sizeOfParts(parts));
  const progress = reportProgress(total, options);
  await using output = await createAtomicOutput(path);
  if (external.length > 0) {
    await using data = await createAtomicOutput(dataPath);
    for (const { tensor, offset } of external) {
      await data.write(new Uint8Array(offset - data.position));
      await writeParts(data, [tensor], progress);
    }
    await writeParts(output, parts, progress);
    await data.commit();
  } else {
    await writeParts(output, parts, progress);
  }
  await output.commit();
}

async function writeParts(
  output: AtomicOutput,
  parts: readonly MessagePart[],
  progress: (bytes: number) => void,
): Promise<void> {
  for (const part of parts) {
    if (part instanceof Uint8Array) {
      await output.write(part);
      continue;
    }
    for await (const chunk of part.stream()) {
      await output.write(chunk);
      progress(chunk.byteLength);
    }
  }
}

function reportProgress(
  total: number,
  { onProgress, signal }: WriteOnnxOptions,
): (bytes: number) => void {
  let done = 0;
  return (bytes) => {
    done += bytes;
    onProgress?.({ done, total });
    signal?.throwIfAborted();
  };
}

function sizeOfTensors(tensors: readonly ExportedTensor[]): number {
  let size = 0;
  for (const { byteLength } of tensors) size += byteLength;
  return size;
}

function checkSize(path: string, size: number): void {
  if (size <= MAX_MODEL_BYTES) return;
  throw new RangeError(
    `Cannot write "${path}": the model would have ${size} bytes, an ONNX file has at most ` +
      `${MAX_MODEL_BYTES}; lower externalDataBytes so that its tensors go to a file of their own`,
  );
}
