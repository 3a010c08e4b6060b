import { encodeOnnx } from "../formats/onnx/mod.ts";
import { type Attribute, type Model, namesOf, type Node, type ValueInfo } from "../graph/mod.ts";
import { countElements, type DenseTensor, viewTensor } from "../tensor/mod.ts";
import { allocateTensor, freeTensor } from "./activation_memory.ts";
import type { AxisRange, Tile } from "./plan_tiles.ts";
import { readConstants } from "./read_constants.ts";
import { present } from "./present.ts";
import { createSession, type UnitSession, type UnitSessionOptions } from "./unit_session.ts";

/**
 * Reads the weights of one tile. They stay where they are and go to the engine with each run: it
 * makes no copies of its own. The result has the layer's output name and the tile's shape.
 */
export async function openTileSession(
  model: Model,
  tile: Tile,
  options: UnitSessionOptions,
): Promise<UnitSession> {
  const references = tile.node.inputs.flatMap((name, position) => {
    const reference = model.initializers.get(name);
    const slice = tile.slices.get(position);
    if (reference === undefined) return [];
    return slice === undefined ? reference : viewTensor(reference, { kind: "slice", ...slice });
  });
  const { small, large } = await readConstants(references, options);
  const activations = new Set(tile.node.inputs.filter((name) => model.values.has(name)));
  const { nodes, constants } = withSlices(model, tile);
  const outputs = namesOf(tile.node.outputs);
  const graph = encodeOnnx({
    name: model.name,
    nodes,
    inputs: [
      ...[...activations].map((name) => present(model.values, name)),
      ...Array.from(large, ([name, { dtype, shape }]): ValueInfo => ({ name, dtype, shape })),
    ],
    outputs: outputs.map((name) => tileInfo(present(model.values, name), tile.output)),
    initializers: new Map([...small, ...constants]),
  });
  const session = await createSession(options.engine, {
    graph,
    nodes: [tile.node],
    blocked: false,
  });
  return {
    async run(tensors, into) {
      const feeds = new Map(large);
      for (const name of activations) feeds.set(name, present(tensors, name));
      const results = await session.run(feeds, into === undefined ? {} : { into });
      return { tensors: results, ranges: new Map(), means: new Map() };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** The layer behind `Slice` nodes for those activations of which it reads a part. */
function withSlices(
  model: Model,
  { node, slices }: Tile,
): { readonly nodes: readonly Node[]; readonly constants: Map<string, DenseTensor> } {
  const nodes: Node[] = [];
  const constants = new Map<string, DenseTensor>();
  const inputs = node.inputs.map((name, position) => {
    const slice = slices.get(position);
    if (slice === undefined || !model.values.has(name)) return name;
    const sliced = `${name}/dlcstream/slice${position}`;
    const operands = [slice.start, slice.end, slice.axis].map((integer, index) => {
      const operand = `${sliced}/${index}`;
      constants.set(operand, {
        dtype: "int64",
        shape: [1],
        data: BigInt64Array.of(BigInt(integer)),
      });
      return operand;
    });
    const attributes: Record<string, Attribute> = {};
    nodes.push({
      name: sliced,
      operator: "Slice",
      inputs: [name, ...operands],
      outputs: [sliced],
      attributes,
    });
    return sliced;
  });
  nodes.push({ ...node, inputs });
  return { nodes, constants };
}

function tileInfo(value: ValueInfo, range: AxisRange | undefined): ValueInfo {
  if (range === undefined) return value;
  return { ...value, shape: value.shape.with(range.axis, range.end - range.start) };
}

/**
 * Puts the pieces of a layer's output together.
 *
 * @param value The output.
 * @param pieces One a tile, with the part of the output it is; they are freed.
 */
export function joinTiles(
  value: ValueInfo,
  pieces: Iterable<{ readonly tensor: DenseTensor; readonly range: AxisRange | undefined }>,
): DenseTensor {
  const joined = allocateTensor(value);
  for (const { tensor, range } of pieces) {
    if (range === undefined) return tensor;
    // Views of one type: `set` and `subarray` of either do the same.
    const target = joined.data as Float32Array;
    const source = tensor.data as Float32Array;
    const inner = countElements(value.shape.slice(range.axis + 1));
    const length = value.shape[range.axis] ?? 0;
    const run = (range.end - range.start) * inner;
    for (let from = 0, to = range.start * inner; from < source.length; from += run) {
      target.set(source.subarray(from, from + run), to);
      to += length * inner;
    }
    freeTensor(tensor);
  }
  return joined;
}
