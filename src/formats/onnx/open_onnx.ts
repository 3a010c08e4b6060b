import { FormatError } from "../../errors.ts";
import {
  buildModel,
  type BuildModelOptions,
  checkPart,
  type GraphDescription,
  type Model,
  type ModelMetadata,
  type OpenNetworkOptions,
} from "../../graph/mod.ts";
import { type ByteSource, closeOnError } from "../../io/mod.ts";
import { checkBatch, checkUpsamplings, fixedBatch } from "./lower/check_shapes.ts";
import { lowerGraph } from "./lower/lower_graph.ts";
import { metadataOf } from "./metadata_properties.ts";
import { ProblemCollector } from "../../problem_collector.ts";
import { networkInputs, type Rebatched } from "./lower/network_inputs.ts";
import { readGraphProto } from "./read/read_graph_proto.ts";
import { type OnnxHeader, readModelProto } from "./read/read_model_proto.ts";
import { restoreSoftmaxes } from "./lower/restore_softmaxes.ts";
import { TensorReader } from "./read/tensor_reader.ts";

/**
 * Opens an ONNX model (IR versions 3 to 14, opsets 7 to 22). The graph and small tensors are read;
 * of all other tensors only type, shape and place, in this file or in files beside it.
 *
 * @param source The file. It belongs to the model from here on: disposing of the model closes it,
 * and so does an error.
 * @param options Shapes of the inputs, and what runs constant nodes.
 * @returns The model at the pinned opset with static shapes.
 * @throws {FormatError} If the file is damaged or contradicts itself.
 * @throws {UnsupportedError} If a node, a type, a version or an open dimension is not supported.
 * @throws {RangeError} If a given shape fits no input.
 */
export async function openOnnx(
  source: ByteSource,
  options: OpenNetworkOptions = {},
): Promise<Model> {
  const tensors = new TensorReader(source, options.signal);
  return await closeOnError(
    [tensors, source],
    (dispose) => readModel(source, { ...options, tensors, dispose }),
  );
}

interface ReadModelContext extends OpenNetworkOptions {
  readonly tensors: TensorReader;
  readonly dispose: () => Promise<void>;
}

async function readModel(source: ByteSource, context: ReadModelContext): Promise<Model> {
  const { tensors, signal, dispose, inputShapes = new Map(), batch = 1 } = context;
  const file = source.name;
  const header = await readModelProto(source, { signal });
  const graph = await readGraphProto(source, header.graph, { tensors, signal });
  const declared = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const { inputs, rebatched } = networkInputs(declared, {
    file,
    inputShapes,
    batch,
    onRebatch: context.onRebatch,
  });
  const problems = new ProblemCollector();
  const { nodes, initializers, context: lowering } = lowerGraph(graph, {
    file,
    problems,
    opset: header.opset,
    functions: header.functions,
    inputTypes: inputs.map(({ dtype }) => dtype),
  });
  await checkPart({ name: graph.name, inputs, nodes, initializers }, {
    problems,
    check: context.checkPart,
    evaluate: context.evaluate,
    signal,
  });
  problems.throwIfAny(`read "${file}"`);
  const description: GraphDescription = {
    name: graph.name,
    inputs,
    outputNames: graph.outputs.map(({ name }) => name),
    nodes,
    initializers,
    metadata: readMetadata(header),
    dispose,
  };
  const model = await build(description, { file, rebatched, ...context });
  checkUpsamplings(model, lowering.upsamplings);
  if (rebatched !== undefined) checkBatch(model, graph.outputs, { file, rebatched });
  return restoreSoftmaxes(model, lowering.flattenedSoftmaxes);
}

/** Builds the model; after a change of the batch, an error may well come from that. */
async function build(
  description: GraphDescription,
  { file, rebatched, evaluate, signal }: BuildModelOptions & {
    readonly file: string;
    readonly rebatched: Rebatched | undefined;
  },
): Promise<Model> {
  try {
    return await buildModel(description, { ...evaluate && { evaluate }, ...signal && { signal } });
  } catch (error) {
    if (rebatched === undefined || !(error instanceof FormatError)) throw error;
    throw fixedBatch(file, rebatched, error.message, error);
  }
}

function readMetadata({ producer, modelVersion, properties }: OnnxHeader): ModelMetadata {
  return {
    ...modelVersion > 0 && { modelVersion: `${modelVersion}` },
    ...producer !== "" && { producer },
    ...metadataOf(properties),
    format: "onnx",
  };
}
