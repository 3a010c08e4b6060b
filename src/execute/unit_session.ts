import { encodeOnnx, type ExternalConstant } from "../formats/onnx/mod.ts";
import { UnsupportedError } from "../errors.ts";
import { type Model, namesOf, type Node, type ValueInfo } from "../graph/mod.ts";
import { bytesOfTensorData, type DenseTensor } from "../tensor/mod.ts";
import type { Unit } from "./cut_units.ts";
import type { Engine, EngineSession, SessionOptions } from "./engine.ts";
import { allocateTensor, freeTensor } from "./activation_memory.ts";
import { fuseCeilings } from "./fuse_ceilings.ts";
import { present } from "./present.ts";
import { readConstants, type ReadConstantsOptions } from "./read_constants.ts";
import { statisticNodes, type Statistics, type WantedStatistics } from "./statistic_nodes.ts";

/** What a unit gives for one sample. */
export interface UnitResult extends Statistics {
  /** The outputs, by value. */
  readonly tensors: ReadonlyMap<string, DenseTensor>;
}

/** A unit that is ready to run. */
export interface UnitSession extends AsyncDisposable {
  /**
   * Runs it once.
   *
   * @param inputs Tensors by value; more than needed do no harm.
   * @param into Where outputs go; others get memory of their own.
   */
  run(
    inputs: ReadonlyMap<string, DenseTensor>,
    into?: ReadonlyMap<string, DenseTensor>,
  ): Promise<UnitResult>;
}

/** Options for {@linkcode openUnitSession}. */
export interface UnitSessionOptions extends ReadConstantsOptions, WantedStatistics {
  /** What computes. */
  readonly engine: Engine;
  /** Whether the engine keeps buffers between runs. */
  readonly pooled?: boolean;
}

/**
 * Reads the weights of a unit, hands them to the engine and lets go of them.
 *
 * @throws {UnsupportedError} If the engine refuses the nodes.
 */
export async function openUnitSession(
  model: Model,
  unit: Pick<Unit, "nodes" | "inputs" | "outputs" | "initializers" | "blocked">,
  options: UnitSessionOptions,
): Promise<UnitSession> {
  const { nodes, inputs, outputs, blocked } = unit;
  const made = nodes.flatMap((node) => namesOf(node.outputs));
  const statistics = statisticNodes(valueInfos(model, made), options);
  const references = unit.initializers.flatMap((name) => model.initializers.get(name) ?? []);
  const { small, large } = await readConstants(references, options);
  const externals = new Map<string, ExternalConstant>();
  const externalData = new Map<string, Uint8Array>();
  for (const [name, { dtype, shape, data }] of large) {
    // Not the tensor's name, which may be any text, also a path.
    const location = `weights${externals.size}`;
    externals.set(name, { dtype, shape, location });
    externalData.set(location, bytesOfTensorData(data));
  }
  try {
    const fused = !blocked || !knowsBlocks(options.engine) ? undefined : fuseCeilings(nodes, {
      constantOf: (name) => small.get(name) ?? large.get(name),
      isKept: (name) =>
        outputs.includes(name) || options.ranges?.has(name) === true ||
        options.means?.has(name) === true,
    });
    const graph = encodeOnnx({
      name: model.name,
      nodes: [...fused?.nodes ?? nodes, ...statistics.nodes],
      inputs: valueInfos(model, inputs),
      outputs: [...valueInfos(model, outputs), ...statistics.outputs],
      initializers: new Map([
        ...small,
        ...statistics.initializers,
        ...fused?.initializers ?? [],
      ]),
      externals,
    });
    const { pooled = false } = options;
    const session = await createSession(options.engine, {
      ...{ graph, nodes, externalData, blocked, pooled },
    });
    // Once for all runs: what the garbage collector takes late would come between the engine's own
    // buffers, and these then grow.
    const rows = statistics.outputs.filter(({ shape }) => shape.length > 0)
      .map((info) => [info.name, allocateTensor(info)] as const);
    return {
      async run(tensors, into = new Map()): Promise<UnitResult> {
        const feeds = new Map(inputs.map((name) => [name, present(tensors, name)]));
        const results = await session.run(feeds, { into: new Map([...into, ...rows]) });
        return { tensors: results, ...statistics.take(results) };
      },
      async [Symbol.asyncDispose](): Promise<void> {
        for (const [, tensor] of rows) freeTensor(tensor);
        await session[Symbol.asyncDispose]();
      },
    };
  } finally {
    for (const tensor of large.values()) freeTensor(tensor);
  }
}

/** Whether an engine has a blocked layout; it has none for other processors, nor in WebAssembly. */
function knowsBlocks({ name }: Engine): boolean {
  return name === "native" && Deno.build.arch === "x86_64";
}

/** Makes a session; an error names the nodes. */
export async function createSession(
  engine: Engine,
  { graph, nodes, ...options }: SessionOptions & {
    readonly graph: Uint8Array;
    readonly nodes: readonly Node[];
  },
): Promise<EngineSession> {
  try {
    return await engine.createSession(graph, options);
  } catch (cause) {
    if (!(cause instanceof UnsupportedError)) throw cause;
    throw new UnsupportedError(`${cause.message} (${describeNodes(nodes)})`, {
      cause,
      ...(nodes.length === 1 && nodes[0]
        ? { node: nodes[0].name, operator: nodes[0].operator }
        : {}),
    });
  }
}

/** Names the nodes of a unit, for messages. */
export function describeNodes(nodes: readonly Node[]): string {
  const [first, last] = [nodes.at(0)?.name, nodes.at(-1)?.name];
  return first === last ? `node "${first}"` : `nodes "${first}" to "${last}"`;
}

function valueInfos(model: Model, names: readonly string[]): ValueInfo[] {
  return names.map((name) => present(model.values, name));
}
