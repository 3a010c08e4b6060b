import { encodeOnnx } from "../formats/onnx/mod.ts";
import { namesOf, type Node, type ValueInfo } from "../graph/mod.ts";
import type { DenseTensor } from "../tensor/mod.ts";
import { UnsupportedError } from "../errors.ts";
import type { Engine, EngineOptions } from "./engine.ts";
import { engineMessage } from "./onnxruntime_engine.ts";
import { resolveEngine } from "./open_engine.ts";
import { present } from "./present.ts";
import { createSession } from "./unit_session.ts";

/** Options for {@linkcode evaluateNode}. */
export interface EvaluateOptions {
  /**
   * What computes.
   *
   * @default {"auto"}
   */
  readonly engine?: Engine | EngineOptions["engine"];
}

/**
 * Computes one node on constants, for constant folding.
 *
 * @param node The node.
 * @param inputs A tensor for each of its inputs; `undefined` where one is left out.
 * @param options What computes.
 * @returns A tensor for each output of the node that has a name.
 * @throws {UnsupportedError} If the engine does not know the operator or refuses the inputs.
 */
export async function evaluateNode(
  node: Node,
  inputs: readonly (DenseTensor | undefined)[],
  options: EvaluateOptions = {},
): Promise<DenseTensor[]> {
  const engine = await resolveEngine(options.engine);
  const feeds = new Map<string, DenseTensor>();
  const names = inputs.map((tensor, position) => {
    if (tensor === undefined) return "";
    feeds.set(`input${position}`, tensor);
    return `input${position}`;
  });
  const outputs = namesOf(node.outputs);
  const graph = encodeOnnx({
    name: node.name,
    nodes: [{ ...node, inputs: names }],
    inputs: Array.from(feeds, ([name, { dtype, shape }]): ValueInfo => ({ name, dtype, shape })),
    outputs: outputs.map((name) => ({ name })),
    initializers: new Map(),
  });
  await using session = await createSession(engine, { graph, nodes: [node] });
  try {
    const results = await session.run(feeds);
    return outputs.map((name) => present(results, name));
  } catch (cause) {
    throw new UnsupportedError(
      `Cannot compute node "${node.name}" (${node.operator}): ${engineMessage(cause)}`,
      { node: node.name, operator: node.operator, cause },
    );
  }
}
