import { MemoryLimitError } from "../errors.ts";
import { intAttribute, type Model, type Node } from "../graph/mod.ts";
import { tensorBytes } from "./live_bytes.ts";

/** Indices `start <= i < end` along an axis. */
export interface AxisRange {
  /** Which axis. */
  readonly axis: number;
  /** The first index. */
  readonly start: number;
  /** The index after the last. */
  readonly end: number;
}

/** A piece of a layer that makes a piece of its output. */
export interface Tile {
  /** The layer, with what differs for this piece. */
  readonly node: Node;
  /** Which part of each input it reads, by position; other inputs are read whole. */
  readonly slices: ReadonlyMap<number, AxisRange>;
  /** Which part of the output it makes; absent if all of it. */
  readonly output?: AxisRange;
}

/** What {@linkcode planTiles} splits. */
export interface TileRequest {
  /** The layer. */
  readonly node: Node;
  /** Bytes for the weights of one tile. */
  readonly room: number;
}

/**
 * Splits a layer along its output channels so that the weights of each piece fit: `Conv` (also
 * grouped and depthwise), `Gemm`, and `MatMul` with a constant second factor. Any other layer is one
 * tile, whose weights the engine reads in place.
 *
 * @throws {MemoryLimitError} If the smallest piece does not fit.
 */
export function planTiles(model: Model, { node, room }: TileRequest): readonly Tile[] {
  const weightBytes = tensorBytes(
    model,
    node.inputs.filter((name) => model.initializers.has(name)),
  );
  const split = weightBytes > room ? splitOf(model, node) : undefined;
  const smallest = weightBytes / (split?.length ?? 1);
  if (smallest > room) {
    throw new MemoryLimitError(
      `Cannot run node "${node.name}": its weights take ${weightBytes} bytes` +
        `${split === undefined ? ` and ${node.operator} is not split` : ""}, the memory limit ` +
        `leaves ${Math.floor(room)}, a larger limit works`,
    );
  }
  if (split === undefined) return [{ node, slices: new Map() }];
  const channels = Math.floor(room / smallest);
  return split.ranges(channels).map(({ start, end }) => split.tile(start, end));
}

/** How a layer splits along its output channels. */
interface Split {
  /** How many output channels there are. */
  readonly length: number;
  /** The channels of each tile, where up to `channels` fit into one. */
  ranges(channels: number): readonly Pick<AxisRange, "start" | "end">[];
  tile(start: number, end: number): Tile;
}

function splitOf(model: Model, node: Node): Split | undefined {
  switch (node.operator) {
    case "Conv":
      return splitConv(model, node);
    case "Gemm":
      return splitGemm(model, node);
    case "MatMul":
      return splitMatMul(model, node);
    default:
      return undefined;
  }
}

/** Weights `[outChannels, inChannels / group, …]`, bias `[outChannels]`. */
function splitConv(model: Model, node: Node): Split | undefined {
  const [outChannels, groupInputs] = constantShape(model, node.inputs[1]) ?? [];
  if (outChannels === undefined || groupInputs === undefined) return;
  const group = intAttribute(node, "group", 1);
  const groupOutputs = outChannels / group;
  return {
    length: outChannels,
    ranges(channels: number) {
      const wholeGroups = Math.floor(channels / groupOutputs);
      // A tile has whole groups, or is part of one: both are convolutions again.
      if (wholeGroups > 0) return rangesOf(0, outChannels, wholeGroups * groupOutputs);
      return rangesOf(0, outChannels, groupOutputs).flatMap(({ start, end }) =>
        rangesOf(start, end, channels)
      );
    },
    tile(start: number, end: number): Tile {
      const slices = new Map([[1, { axis: 0, start, end }], [2, { axis: 0, start, end }]]);
      if (group === 1) return { node, slices, output: { axis: 1, start, end } };
      const first = Math.floor(start / groupOutputs);
      const last = Math.ceil(end / groupOutputs);
      slices.set(0, { axis: 1, start: first * groupInputs, end: last * groupInputs });
      const attributes = {
        ...node.attributes,
        group: { type: "int", value: last - first },
      } as const;
      return { node: { ...node, attributes }, slices, output: { axis: 1, start, end } };
    },
  };
}

/** `A [m, k]`, `B [k, n]` or `[n, k]` if `transB`, `C` broadcast to `[m, n]`. */
function splitGemm(model: Model, node: Node): Split | undefined {
  const axis = intAttribute(node, "transB", 0) === 0 ? 1 : 0;
  const length = constantShape(model, node.inputs[1])?.[axis];
  if (length === undefined) return;
  const biasName = node.inputs[2] ?? "";
  const biasShape = (model.initializers.get(biasName) ?? model.values.get(biasName))?.shape ?? [];
  const biasAxis = biasShape.length - 1;
  return {
    length,
    ranges: (channels) => rangesOf(0, length, channels),
    tile(start: number, end: number): Tile {
      const slices = new Map([[1, { axis, start, end }]]);
      if (biasShape[biasAxis] === length && length > 1) {
        slices.set(2, { axis: biasAxis, start, end });
      }
      return { node, slices, output: { axis: 1, start, end } };
    },
  };
}

/** `[…, m, k] × […, k, n]`. */
function splitMatMul(model: Model, node: Node): Split | undefined {
  const shape = constantShape(model, node.inputs[1]) ?? [];
  const length = shape.at(-1);
  const outputAxis = (model.values.get(node.outputs[0] ?? "")?.shape.length ?? 0) - 1;
  if (length === undefined || shape.length < 2 || outputAxis < 0) return;
  return {
    length,
    ranges: (channels) => rangesOf(0, length, channels),
    tile: (start, end) => ({
      node,
      slices: new Map([[1, { axis: shape.length - 1, start, end }]]),
      output: { axis: outputAxis, start, end },
    }),
  };
}

function constantShape(model: Model, name: string | undefined): readonly number[] | undefined {
  return name === undefined ? undefined : model.initializers.get(name)?.shape;
}

function rangesOf(
  start: number,
  end: number,
  step: number,
): readonly Pick<AxisRange, "start" | "end">[] {
  const ranges = [];
  for (let from = start; from < end; from += step) {
    ranges.push({ start: from, end: Math.min(end, from + step) });
  }
  return ranges;
}
