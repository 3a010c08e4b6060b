import { FormatError } from "../../errors.ts";
import {
  buildModel,
  type BuildModelOptions,
  checkPart,
  type GraphDescription,
  type Model,
  type ModelMetadata,
  type NodeEvaluator,
  type PartChecker,
  type ValueInfo,
} from "../../graph/mod.ts";
import type { ByteSource } from "../../io/mod.ts";
import { checkBatch, checkUpsamplings, fixedBatch } from "./lower/check_shapes.ts";
import { lowerGraph } from "./lower/lower_graph.ts";
import { metadataOf } from "./metadata_properties.ts";
import { ProblemCollector } from "../../problem_collector.ts";
import { networkInputs, type Rebatched } from "./lower/network_inputs.ts";
import { readGraphProto } from "./read/read_graph_proto.ts";
import { type OnnxHeader, readModelProto } from "./read/read_model_proto.ts";
import { restoreSoftmaxes } from "./lower/restore_softmaxes.ts";
import { TensorReader } from "./read/tensor_reader.ts";

/** Options for {@linkcode openOnnx}. */
export interface OpenOnnxOptions {
  /**
   * Static shapes of network inputs by name; they win over what the file says.
   *
   * @default {new Map()}
   */
  readonly inputShapes?: ReadonlyMap<string, readonly number[]>;
  /**
   * What the first dimension of every input of rank 2 or more becomes, whether it is symbolic or
   * fixed; `"keep"` leaves fixed ones alone.
   *
   * @default {1}
   */
  readonly batch?: number | "keep";
  /**
   * Is told of each input whose fixed first dimension `batch` changes: the input as it becomes, and
   * the shape that the file says.
   *
   * @default {undefined}
   */
  readonly onRebatch?: (input: ValueInfo, fixed: readonly number[]) => void;
  /**
   * Runs constant nodes that dlcstream's own small evaluator does not know.
   *
   * @default {undefined} such nodes stay in the graph
   */
  readonly evaluate?: NodeEvaluator;
  /**
   * Looks at the part that could be read of a network with problems; what it throws joins them.
   *
   * @default {undefined}
   */
  readonly checkPart?: PartChecker;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}

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
export async function openOnnx(source: ByteSource, options: OpenOnnxOptions = {}): Promise<Model> {
  const tensors = new TensorReader(source, options.signal);
  const dispose = async () => {
    await tensors[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  };
  try {
    return await readModel(source, { ...options, tensors, dispose });
  } catch (error) {
    await dispose();
    throw error;
  }
}

interface ReadModelContext extends OpenOnnxOptions {
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
    ...context.evaluate && { evaluate: context.evaluate },
    ...signal && { signal },
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
