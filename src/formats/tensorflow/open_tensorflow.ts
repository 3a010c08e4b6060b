import { FormatError } from "../../errors.ts";
import {
  buildModel,
  checkPart,
  type Model,
  NO_ENCODINGS,
  type OpenNetworkOptions,
  simplify,
} from "../../graph/mod.ts";
import type { ByteSource } from "../../io/mod.ts";
import { ProblemCollector } from "../../problem_collector.ts";
import { addInputs, fixedBatch } from "./lower/add_inputs.ts";
import { checkCalls } from "./lower/check_calls.ts";
import { GraphLowering } from "./lower/graph_lowering.ts";
import { type GraphScope, parseReference } from "./lower/graph_scope.ts";
import { ModelAssembly } from "./lower/model_assembly.ts";
import { modelEnds, servesVariables, unknownNode } from "./lower/model_ends.ts";
import { isPlaceholder } from "./lower/network_inputs.ts";
import { outputOf, type Value } from "./lower/value.ts";
import { openProgram, type TensorflowProgram } from "./program/tensorflow_program.ts";
import type { TensorflowNode } from "./proto/read_node_def.ts";
import { restoreNames } from "./restore_names.ts";
import { tensorflowKind } from "./tensorflow_kind.ts";

/** A node that no output of the model needs. */
export interface UnconsumedNode {
  /** Its name. */
  readonly name: string;
  /** Its operator. */
  readonly operator: string;
}

/** Options for {@linkcode openTensorflow}. */
export interface OpenTensorflowOptions extends OpenNetworkOptions {
  /**
   * Static shapes by node, with or without `:0`, or by key of the signature. A node that is no
   * placeholder becomes an input: the model is cut there.
   *
   * @default {new Map()}
   */
  readonly inputShapes?: ReadonlyMap<string, readonly number[]>;
  /**
   * Nodes that the model ends with, with or without `:0`, or keys of the signature.
   *
   * @default {[]} the outputs of the signature, or what no node reads
   */
  readonly outputs?: readonly string[];
  /**
   * Which meta graph of a SavedModel.
   *
   * @default {"serve"}
   */
  readonly savedModelTag?: string;
  /**
   * Which signature.
   *
   * @default {"serving_default"} or the only one
   */
  readonly savedModelSignatureKey?: string;
  /** Is told the nodes that no output needs, without those that only hold or read variables. */
  readonly onUnconsumedNodes?: (nodes: readonly UnconsumedNode[]) => void;
}

/** Enough of a file to tell what it holds. */
const HEAD_BYTES = 4096;

/**
 * Opens a TensorFlow model: a frozen graph (`.pb`), the `saved_model.pb` of a SavedModel of either
 * generation, or the `.meta` of a checkpoint. The graph is read; of large tensors only where they
 * lie, in the file or in the checkpoint beside it. Values from a checkpoint are checked against
 * their checksums before their first byte is used.
 *
 * Images keep TensorFlow's layout (NHWC) at the inputs and outputs of the network; inside it is
 * ONNX's. FakeQuant nodes become encodings asked for.
 *
 * @param source The file. It belongs to the model from here on: disposing of the model closes it,
 *   and so does an error.
 * @param options Shapes of the inputs, outputs, tag and signature.
 * @returns The model at the pinned opset with static shapes.
 * @throws {FormatError} If a file is damaged, missing or contradicts itself.
 * @throws {UnsupportedError} If nodes, types or open dimensions are not supported; all are listed.
 * @throws {RangeError} If a given shape, tag or signature fits nothing.
 */
export async function openTensorflow(
  source: ByteSource,
  options: OpenTensorflowOptions = {},
): Promise<Model> {
  const { savedModelTag: tag = "serve", savedModelSignatureKey: signatureKey, signal } = options;
  let program: TensorflowProgram | undefined;
  const dispose = async () => {
    await program?.[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  };
  try {
    const head = new Uint8Array(Math.min(HEAD_BYTES, source.byteLength));
    await source.read(head, 0);
    const kind = tensorflowKind(head);
    if (kind === undefined) {
      throw new FormatError(
        `Cannot read "${source.name}": it begins like no file of TensorFlow, expected a GraphDef, ` +
          `a SavedModel or a MetaGraphDef`,
        { file: source.name, offset: 0 },
      );
    }
    program = await openProgram(source, kind, { tag, signatureKey, signal });
    return await readModel(source.name, program, { ...options, dispose });
  } catch (error) {
    await dispose();
    throw error;
  }
}

interface ReadModelContext extends OpenTensorflowOptions {
  readonly dispose: () => Promise<void>;
}

async function readModel(
  file: string,
  program: TensorflowProgram,
  options: ReadModelContext,
): Promise<Model> {
  const { graph, signature, frozen } = program;
  const { evaluate, signal, dispose, inputShapes = new Map(), outputs = [], batch = 1 } = options;
  const { checkPart: check } = options;
  const ends = modelEnds(graph, { file, frozen, signature, inputShapes, outputs });
  const model = new ModelAssembly({ evaluate, signal });
  const { given, rebatched } = addInputs(model, {
    file,
    graph,
    signature,
    ends,
    batch,
    onRebatch: options.onRebatch,
  });
  const problems = new ProblemCollector();
  const { readVariable } = program;
  const { functions } = graph;
  const lowering = new GraphLowering({ file, model, functions, readVariable, problems, signal });
  const scope: GraphScope = {
    nodes: graph.nodes,
    given,
    prefix: "",
    placeholders: new Map(),
    depth: 0,
  };
  checkCalls(scope, ends.roots, { file, functions });
  try {
    const roots = await lowering.lower(scope, ends.roots);
    await checkPart({
      name: file,
      inputs: model.inputs,
      nodes: model.nodes,
      initializers: model.initializers,
    }, {
      problems,
      check: check && ((part) => check(simplify(part))),
      evaluate,
      signal,
    });
    problems.throwIfAny(`convert "${file}"`);
    for (const output of ends.outputs) {
      const index = ends.roots.indexOf(output);
      await passOutput(model, {
        output,
        value: index < 0 ? findValue(lowering, { file, output, given }) : roots[index],
        file,
      });
    }
  } catch (error) {
    if (rebatched === undefined || !(error instanceof FormatError)) throw error;
    throw fixedBatch(file, rebatched, error);
  }
  reportUnconsumed(options, { nodes: graph.nodes, lowering });
  const built = await buildModel({
    name: "tensorflow",
    inputs: model.inputs,
    outputNames: ends.outputs,
    nodes: model.nodes,
    initializers: model.initializers,
    overrides: {
      ...NO_ENCODINGS,
      activations: model.activations,
      parameters: model.parameters,
    },
    metadata: {
      format: "tensorflow",
      ...program.producer !== "" && { producer: program.producer },
    },
    dispose,
  }, { ...evaluate && { evaluate }, ...signal && { signal } });
  const simple = simplify(built, { preferredNames: namesOf(lowering) });
  return restoreNames(simple, { before: built.initializers, origins: model.origins });
}

/** A value inside a function, by its full name. */
function findValue(
  lowering: GraphLowering,
  { file, output, given }: {
    readonly file: string;
    readonly output: string;
    readonly given: ReadonlyMap<string, Value>;
  },
): Value | undefined {
  const { name, index } = parseReference(output);
  const value = outputOf(lowering.values.get(name) ?? [], index) ?? given.get(output);
  if (value !== undefined) return value;
  throw unknownNode(file, output, lowering.values.keys());
}

/** Gives an output of the model its name where it is another value under a name of its own. */
async function passOutput(
  model: ModelAssembly,
  { output, value, file }: {
    readonly output: string;
    readonly value: Value | undefined;
    readonly file: string;
  },
): Promise<void> {
  if (value?.kind !== "tensor") {
    const found = value?.kind === "variable" ? "a variable" : "nothing";
    throw new FormatError(
      `Cannot open "${file}": output "${output}" hands on ${found}, expected a tensor`,
      { file, found },
    );
  }
  if (value.name === output) return;
  await model.addNode({
    name: output,
    operator: "Identity",
    inputs: [value.name],
    outputs: [output],
  });
}

function reportUnconsumed(
  { onUnconsumedNodes }: OpenTensorflowOptions,
  { nodes, lowering }: {
    readonly nodes: ReadonlyMap<string, TensorflowNode>;
    readonly lowering: GraphLowering;
  },
): void {
  if (onUnconsumedNodes === undefined) return;
  const left = Array.from(nodes.values()).filter((node) =>
    !lowering.values.has(node.name) && node.operator !== "Const" && !isPlaceholder(node) &&
    !servesVariables(node, nodes)
  );
  onUnconsumedNodes(left.map(({ name, operator }) => ({ name, operator })));
}

/** The values that nodes of the file make. */
function namesOf(lowering: GraphLowering): ReadonlySet<string> {
  const names = new Set<string>();
  for (const values of lowering.values.values()) {
    for (const value of values) if (value.kind === "tensor") names.add(value.name);
  }
  return names;
}
