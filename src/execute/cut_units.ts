import { MemoryLimitError } from "../errors.ts";
import { type Model, namesOf, type Node } from "../graph/mod.ts";
import { liveBytesOf, tensorBytes } from "./live_bytes.ts";
import { PREPARE_BLOCKED_FACTOR, PREPARE_FACTOR } from "./memory_costs.ts";
import { planTiles, type Tile } from "./plan_tiles.ts";

/** A part of the graph that runs at once: the whole network, a segment, a layer, or tiles of one. */
export interface Unit {
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Values it reads that are network inputs or come from earlier units. */
  readonly inputs: readonly string[];
  /** Values that leave it: read by later units, or wanted by the caller. */
  readonly outputs: readonly string[];
  /** Names of the constants it reads. */
  readonly initializers: readonly string[];
  /** Bytes of these constants. */
  readonly weightBytes: number;
  /** Bytes of the outputs. */
  readonly outputBytes: number;
  /** Most bytes of activations that are alive at once while it runs. */
  readonly activationBytes: number;
  /** Whether the engine may block the weights: faster to run, more memory to prepare. */
  readonly blocked: boolean;
  /** Pieces of its one layer, where the layer's weights do not fit. */
  readonly tiles?: readonly Tile[];
}

/** Options for {@linkcode cutUnits}. */
export interface CutUnitsOptions {
  /** Bytes for one unit. */
  readonly unitLimit: number;
  /** Values that change between being made and being used, so they leave the engine first. */
  readonly boundaries: ReadonlySet<string>;
  /** Nodes that begin a unit; the next one that is needed, where they are not. */
  readonly cuts?: ReadonlySet<Node>;
  /** Values whose tensors the caller wants to see when they are made. */
  readonly exposed: ReadonlySet<string>;
  /** Values that are wanted, but may stay inside the engine. */
  readonly reduced: ReadonlySet<string>;
  /** Values that must last until the end. */
  readonly kept: ReadonlySet<string>;
}

/**
 * Cuts what is needed of a network into units, each as many nodes as fit the limit.
 *
 * @throws {MemoryLimitError} If one node alone is over the limit.
 */
export function cutUnits(model: Model, options: CutUnitsOptions): Unit[] {
  const groups = groupNodes(model, options);
  const lastReader = new Map<string, number>();
  for (const [index, { nodes }] of groups.entries()) {
    for (const node of nodes) for (const input of node.inputs) lastReader.set(input, index);
  }
  return groups.map(({ nodes, costs }, index): Unit => {
    const made = new Set(nodes.flatMap((node) => namesOf(node.outputs)));
    const read = new Set(nodes.flatMap((node) => namesOf(node.inputs)));
    const outputs = [...made].filter((value) =>
      options.exposed.has(value) || options.kept.has(value) ||
      (lastReader.get(value) ?? index) > index
    );
    const activationBytes = costs.exposedBytes + costs.liveBytes;
    const fits = (factor: number) =>
      costs.weightBytes * factor + activationBytes <= options.unitLimit;
    return {
      nodes,
      inputs: [...read].filter((name) => !made.has(name) && !model.initializers.has(name)),
      outputs,
      initializers: [...read].filter((name) => model.initializers.has(name)),
      weightBytes: costs.weightBytes,
      outputBytes: tensorBytes(model, outputs),
      activationBytes,
      blocked: mayBlock(options.boundaries) && fits(PREPARE_BLOCKED_FACTOR),
      ...(fits(PREPARE_FACTOR)
        ? {}
        : { tiles: tilesOf(model, nodes, options.unitLimit - activationBytes) }),
    };
  });
}

/**
 * Whether convolutions may run on blocked weights. Not between fake-quantized values: blocked ones add
 * in another order than the exported network, whose numbers a run shall give to the last bit.
 */
export function mayBlock(boundaries: ReadonlySet<string>): boolean {
  return boundaries.size === 0;
}

/** Splits a node whose weights are too much; `room` is what its activations leave of the limit. */
function tilesOf(model: Model, nodes: readonly Node[], room: number): readonly Tile[] {
  const [node] = nodes;
  if (node === undefined || nodes.length > 1) throw new RangeError("Only one node has tiles");
  if (room <= 0) {
    throw new MemoryLimitError(
      `Cannot run node "${node.name}": its activations take ${-room} bytes more than the memory ` +
        "limit leaves for them, a larger limit works",
    );
  }
  return planTiles(model, { node, room });
}

interface Costs {
  readonly weightBytes: number;
  readonly exposedBytes: number;
  readonly liveBytes: number;
}

interface NodeGroup {
  readonly nodes: readonly Node[];
  readonly costs: Costs;
}

function groupNodes(model: Model, options: CutUnitsOptions): NodeGroup[] {
  const nodes = neededNodes(model, options);
  const starts = startsBehind(model, nodes, options.cuts ?? new Set());
  const live = liveBytesOf(model, nodes, options.kept);
  const groups: NodeGroup[] = [];
  const made = new Set<string>();
  const weights = new Set<string>();
  let group: { nodes: Node[]; costs: Costs } | undefined;
  for (const [index, node] of nodes.entries()) {
    const added: Costs = {
      weightBytes: tensorBytes(model, weightsOf(model, node).difference(weights)),
      exposedBytes: tensorBytes(model, options.exposed.intersection(new Set(node.outputs))),
      liveBytes: live[index] ?? 0,
    };
    const costs = group === undefined ? added : addCosts(group.costs, added);
    const interrupted = starts.has(node) ||
      node.inputs.some((input) => options.boundaries.has(input) && made.has(input));
    if (group === undefined || interrupted || prepareBytes(costs) > options.unitLimit) {
      made.clear();
      weights.clear();
      const weightBytes = tensorBytes(model, weightsOf(model, node));
      group = { nodes: [node], costs: { ...added, weightBytes } };
      groups.push(group);
    } else {
      group.nodes.push(node);
      group.costs = costs;
    }
    for (const name of weightsOf(model, node)) weights.add(name);
    for (const output of node.outputs) made.add(output);
  }
  return groups;
}

/** The nodes that the wanted values depend on, in topological order. */
function neededNodes(model: Model, { exposed, reduced, kept }: CutUnitsOptions): Node[] {
  const needed = new Set([...exposed, ...reduced, ...kept]);
  const nodes: Node[] = [];
  for (const node of model.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    for (const input of namesOf(node.inputs)) needed.add(input);
    nodes.push(node);
  }
  return nodes.reverse();
}

/** The first of some nodes at or behind each cut. */
function startsBehind(
  model: Model,
  nodes: readonly Node[],
  cuts: ReadonlySet<Node>,
): ReadonlySet<Node> {
  const needed = new Set(nodes);
  const starts = new Set<Node>();
  let isCut = false;
  for (const node of model.nodes) {
    isCut ||= cuts.has(node);
    if (!isCut || !needed.has(node)) continue;
    starts.add(node);
    isCut = false;
  }
  return starts;
}

function addCosts(a: Costs, b: Costs): Costs {
  return {
    weightBytes: a.weightBytes + b.weightBytes,
    exposedBytes: a.exposedBytes + b.exposedBytes,
    liveBytes: Math.max(a.liveBytes, b.liveBytes),
  };
}

function prepareBytes({ weightBytes, exposedBytes, liveBytes }: Costs): number {
  return weightBytes * PREPARE_FACTOR + exposedBytes + liveBytes;
}

function weightsOf(model: Model, node: Node): Set<string> {
  return new Set(node.inputs.filter((input) => model.initializers.has(input)));
}
