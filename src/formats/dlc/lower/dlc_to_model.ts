import { FormatError } from "../../../errors.ts";
import { buildModel, type Model, type ModelEncodings, type ValueInfo } from "../../../graph/mod.ts";
import type { TensorEncoding, TensorReference } from "../../../tensor/mod.ts";
import type { DlcDocument } from "../document.ts";
import { readLayers } from "../layers/read_layers.ts";
import type { NormalGraph } from "../normal/normal_graph.ts";
import { toOnnxForm } from "../normal/onnx_form.ts";
import { relayout } from "../normal/relayout.ts";
import { readOperators } from "../operators/read_operators.ts";

/**
 * Turns a DLC document into a model whose operators mean what ONNX says: images NCHW, weights OIHW,
 * network inputs and outputs with the names, shapes and layouts of the file. Weights stay where they
 * are; stored integers get a view that decodes them.
 *
 * @param document The document; if it can be disposed of, the model does so in its turn.
 * @throws {UnsupportedError} If a layer type, an operator or a number has no known meaning.
 * @throws {FormatError} If layers, buffers, dimensions or tensors contradict one another.
 */
export async function dlcToModel(document: DlcDocument): Promise<Model> {
  const stored = document.version === "3.0" ? readLayers(document) : await readOperators(document);
  if (stored.outputs.length === 0) {
    throw new FormatError(`Cannot read DLC ${document.version}: the network has no output`);
  }
  const graph = relayout(stored, "recover");
  const { nodes, constants } = toOnnxForm(graph);
  const initializers = new Map<string, TensorReference>(constants);
  for (const { name, data } of graph.constants.values()) initializers.set(name, { ...data, name });
  const model = await buildModel({
    name: graph.name,
    inputs: graph.inputs.flatMap((name) => graph.values.get(name) ?? []),
    outputNames: graph.outputs,
    nodes,
    initializers,
    metadata: graph.metadata,
    dispose: () => dispose(document),
  });
  requireShapes(model, graph);
  return { ...model, encodings: encodingsOf(model, graph) };
}

async function dispose(document: DlcDocument & Partial<AsyncDisposable>): Promise<void> {
  await document[Symbol.asyncDispose]?.();
}

/** The dims in the file must be those that the operators lead to. */
function requireShapes(model: Model, graph: NormalGraph): void {
  for (const node of model.nodes) {
    for (const output of node.outputs) {
      const found = model.values.get(output);
      const stated = graph.values.get(output);
      if (found === undefined || stated === undefined || isSameShape(found, stated)) continue;
      throw new FormatError(
        `Cannot read node "${node.name}" (${node.operator}): the file gives buffer "${output}" the ` +
          `dims [${stated.shape}] in the model's layout, expected [${found.shape}]`,
        { found: `[${stated.shape}]`, expected: `[${found.shape}]` },
      );
    }
  }
}

function isSameShape(one: ValueInfo, other: ValueInfo): boolean {
  return one.shape.length === other.shape.length &&
    one.shape.every((size, i) => size === other.shape[i]);
}

/** Encodings of what is left after constants were folded. */
function encodingsOf(model: Model, graph: NormalGraph): ModelEncodings {
  const parameters = new Map<string, TensorEncoding>();
  const floats = new Set<string>();
  for (const { name, encoding, isFloat } of graph.constants.values()) {
    if (encoding === undefined || !model.initializers.has(name)) continue;
    parameters.set(name, encoding);
    if (isFloat) floats.add(name);
  }
  const activations = [...graph.activations].filter(([name]) => model.values.has(name));
  return {
    activations: new Map(activations),
    parameters,
    ...(floats.size > 0 && { floatParameters: floats }),
  };
}
