import { FormatError } from "../../errors.ts";
import { buildModel, type Model, type OpenNetworkOptions } from "../../graph/mod.ts";
import { type ByteSource, closeOnError } from "../../io/mod.ts";
import { isPrototxt } from "./is_caffe.ts";
import { lowerNet } from "./lower/lower_net.ts";
import type { CaffeBlob } from "./read/caffe_blob.ts";
import type { CaffeMessage } from "./read/caffe_message.ts";
import { parsePrototxt } from "./read/parse_prototxt.ts";
import { readNet } from "./read/read_net.ts";
import type { CaffeLayer } from "./upgrade/caffe_layer.ts";
import { isIncluded } from "./upgrade/is_included.ts";
import { upgradeNet } from "./upgrade/upgrade_net.ts";

/** No network is so long in text form. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/** Options for {@linkcode openCaffe}. A given shape makes a blob that no layer makes an input. */
export interface OpenCaffeOptions extends OpenNetworkOptions {
  /**
   * The caffemodel with the weights.
   *
   * @default {undefined} the network's own file, if that is a caffemodel
   */
  readonly weights?: ByteSource;
  /**
   * Blobs or layers that the network shall end with; layers behind them need not be supported.
   *
   * @default {[]} the blobs that no layer reads
   */
  readonly outputs?: readonly string[];
}

/**
 * Opens a Caffe network for inference (phase TEST): a `deploy.prototxt` with a caffemodel, or a
 * caffemodel that holds its network. The layers are read; of the weights only where they are.
 *
 * Layers of versions 0 and 1 are upgraded as Caffe does. Layers that only training or testing needs
 * (losses, accuracy) are left out: what they read becomes an output of the network.
 *
 * @param source The network. It and the weights belong to the model from here on: disposing of the
 *   model closes them, and so does an error.
 * @param options Weights, shapes of the inputs, where to end.
 * @returns The model at the pinned opset with static shapes.
 * @throws {FormatError} If a file is damaged (in text: line and column), a weight is missing or of
 *   another shape than its layer needs.
 * @throws {UnsupportedError} If layers or settings are not supported; all are listed.
 * @throws {RangeError} If a given shape fits no input.
 */
export async function openCaffe(
  source: ByteSource,
  options: OpenCaffeOptions = {},
): Promise<Model> {
  return await closeOnError(
    [source, options.weights],
    (dispose) => readModel(source, { ...options, dispose }),
  );
}

async function readModel(
  source: ByteSource,
  options: OpenCaffeOptions & { readonly dispose: () => Promise<void> },
): Promise<Model> {
  const { weights: weightsSource, signal, evaluate, checkPart, dispose } = options;
  const file = source.name;
  const { net, isText } = await readNetwork(source, signal);
  const layers = upgradeNet(net, file);
  if (isText && weightsSource === undefined) {
    throw new FormatError(
      `Cannot open "${file}": it describes the network without its weights; give the caffemodel ` +
        "with --caffe-bin",
      { file },
    );
  }
  const weights = weightsSource === undefined
    ? layers
    : upgradeNet(await readNet(weightsSource, { signal }), weightsSource.name);
  const graph = await lowerNet(layers.filter((layer) => isIncluded(layer, net.message("state"))), {
    file,
    weights: blobsByLayer(weights),
    weightsFile: weightsSource?.name ?? file,
    inputShapes: options.inputShapes ?? new Map(),
    batch: options.batch ?? 1,
    onRebatch: options.onRebatch,
    outputNames: options.outputs ?? [],
    check: checkPart,
    evaluate,
    signal,
  });
  if (graph.outputNames.length === 0) {
    throw new FormatError(`Cannot open "${file}": its network has no layers that compute`, {
      file,
    });
  }
  return await buildModel({
    name: net.string("name"),
    ...graph,
    metadata: { format: "caffe" },
    dispose,
  }, { ...evaluate && { evaluate }, ...signal && { signal } });
}

async function readNetwork(
  source: ByteSource,
  signal: AbortSignal | undefined,
): Promise<{ readonly net: CaffeMessage; readonly isText: boolean }> {
  const head = new Uint8Array(Math.min(source.byteLength, 4096));
  await source.read(head, 0, signal === undefined ? {} : { signal });
  if (!isPrototxt(head)) return { net: await readNet(source, { signal }), isText: false };
  if (source.byteLength > MAX_TEXT_BYTES) {
    throw new FormatError(
      `Cannot read "${source.name}": it has ${source.byteLength} bytes of text, expected at most ` +
        `${MAX_TEXT_BYTES}`,
      { file: source.name, found: `${source.byteLength} bytes` },
    );
  }
  const bytes = new Uint8Array(source.byteLength);
  await source.read(bytes, 0, signal === undefined ? {} : { signal });
  return { net: parsePrototxt(decodeText(bytes, source.name), source.name), isText: true };
}

function decodeText(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(`Cannot read "${file}": it is not UTF-8 text`, { file, cause });
  }
}

/** Of several layers with one name the first counts, as in Caffe. */
function blobsByLayer(
  layers: readonly CaffeLayer[],
): ReadonlyMap<string, readonly CaffeBlob[]> {
  const weights = new Map<string, readonly CaffeBlob[]>();
  for (const { name, blobs } of layers) {
    if (blobs.length > 0 && !weights.has(name)) weights.set(name, blobs);
  }
  return weights;
}
