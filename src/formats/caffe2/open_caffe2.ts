import { FormatError } from "../../errors.ts";
import { buildModel, type Model, type OpenNetworkOptions } from "../../graph/mod.ts";
import { type ByteSource, closeOnError } from "../../io/mod.ts";
import { isFill } from "./lower/fill_tensor.ts";
import { lowerNet } from "./lower/lower_net.ts";
import { readNetDef } from "./read/read_net_def.ts";

/** Options for {@linkcode openCaffe2}. Nets have no shapes of inputs, so every input needs one. */
export interface OpenCaffe2Options extends Omit<OpenNetworkOptions, "batch" | "onRebatch"> {
  /**
   * The init net (SNPE: `--exec_net`), which makes the weights.
   *
   * @default {undefined} the net's own file fills its weights
   */
  readonly weights?: ByteSource;
  /**
   * Blobs that the network shall end with; operators behind them need not be supported.
   *
   * @default {[]} the net's own outputs
   */
  readonly outputs?: readonly string[];
}

/**
 * Opens a Caffe2 network: a predict net with the init net that makes its weights. The operators are
 * read; of the weights only where they are.
 *
 * @param source The predict net. It and the init net belong to the model from here on: disposing of
 *   the model closes them, and so does an error.
 * @param options The init net, shapes of the inputs, where to end.
 * @returns The model at the pinned opset with static shapes.
 * @throws {FormatError} If a file is damaged, or a weight has not as many elements as its shape says.
 * @throws {UnsupportedError} If operators or arguments are not supported, or an input's shape is not
 *   given; all are listed.
 * @throws {RangeError} If a given shape fits no input.
 */
export async function openCaffe2(
  source: ByteSource,
  options: OpenCaffe2Options = {},
): Promise<Model> {
  return await closeOnError(
    [source, options.weights],
    (dispose) => readModel(source, { ...options, dispose }),
  );
}

async function readModel(
  source: ByteSource,
  options: OpenCaffe2Options & { readonly dispose: () => Promise<void> },
): Promise<Model> {
  const { weights, inputShapes = new Map(), outputs = [], signal, evaluate, dispose } = options;
  const { checkPart: check } = options;
  const file = source.name;
  const net = await readNetDef(source, { signal });
  if (weights === undefined && !net.operators.some(({ type }) => isFill(type))) {
    throw new FormatError(
      `Cannot open "${file}": it describes the network without its weights; give the init net with ` +
        "--exec-net",
      { file },
    );
  }
  const init = weights === undefined
    ? { net: { name: "", operators: [], inputs: [], outputs: [] }, file }
    : { net: await readNetDef(weights, { signal }), file: weights.name };
  const graph = await lowerNet(net, {
    file,
    init,
    inputShapes,
    outputNames: outputs,
    check,
    evaluate,
    signal,
  });
  if (graph.inputs.length === 0 || graph.outputNames.length === 0) {
    const what = graph.inputs.length === 0 ? "input" : "output";
    throw new FormatError(
      `Cannot open "${file}": its network has no ${what}; name its input with --input-dim NAME ` +
        "1,3,224,224, and check that it is the predict net and not the init net",
      { file },
    );
  }
  return await buildModel(
    { name: net.name, ...graph, metadata: { format: "caffe2" }, dispose },
    { ...evaluate && { evaluate }, ...signal && { signal } },
  );
}
