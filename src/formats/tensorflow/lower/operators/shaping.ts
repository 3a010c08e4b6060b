import { onnxCodeOfDataType } from "../../../../graph/mod.ts";
import { countElements } from "../../../../tensor/mod.ts";
import { MAX_PARTS } from "../../proto/limits.ts";
import { badNode, unsupportedNode } from "../../unsupported_node.ts";
import { int, ints } from "../attributes.ts";
import type { NodeLowering } from "../node_lowering.ts";
import type { OperatorTable } from "../operator_rule.ts";

async function reshape(node: NodeLowering): Promise<string> {
  const stated = await node.numbers(1, "its shape");
  const open = stated.indexOf(-1);
  const elements = countElements(node.shape(0));
  const known = countElements(stated.filter((_, axis) => axis !== open));
  const shape = open < 0 ? stated : stated.with(open, known === 0 ? 0 : elements / known);
  if (countElements(shape) !== elements || shape.some((size) => !Number.isInteger(size))) {
    throw badNode(
      node,
      `its shape is [${stated}], which [${node.shape(0)}] of its input does not fill`,
    );
  }
  return await node.finishReshape(node.input(0), shape);
}

async function squeeze(node: NodeLowering): Promise<string> {
  const shape = node.shape(0);
  const given = node.ints("squeeze_dims") ?? node.ints("axis") ?? [];
  const axes = given.map((axis) => node.axis(axis, shape.length));
  const dropped = axes.length > 0 ? axes : shape.flatMap((size, axis) => size === 1 ? [axis] : []);
  const wide = dropped.find((axis) => shape[axis] !== 1);
  if (wide !== undefined) {
    throw badNode(node, `axis ${wide} has ${shape[wide]} elements, expected 1 to squeeze`);
  }
  return await node.finish("Squeeze", [node.input(0), node.addIntegers("axes", dropped)]);
}

async function expandDimensions(node: NodeLowering): Promise<string> {
  const axis = node.axis(await node.number(1, "its axis"), node.shape(0).length + 1);
  return await node.finish("Unsqueeze", [node.input(0), node.addIntegers("axes", [axis])]);
}

async function transpose(node: NodeLowering): Promise<string> {
  const order = await node.numbers(1, "its order");
  const rank = node.shape(0).length;
  const axes = order.map((axis) => node.axis(axis, rank));
  return await node.finish("Transpose", [node.input(0)], { perm: ints(axes) });
}

async function concat(node: NodeLowering): Promise<string> {
  const first = node.operator === "Concat";
  const values = first ? node.inputs.slice(1) : node.inputs.slice(0, -1);
  const [value] = values;
  if (value === undefined) throw badNode(node, "it joins nothing");
  const axis = await node.number(first ? 0 : node.inputs.length - 1, "its axis");
  return await node.finish("Concat", values, {
    axis: int(node.axis(axis, node.type(value).shape.length)),
  });
}

async function split(node: NodeLowering): Promise<readonly string[]> {
  const bySizes = node.operator === "SplitV";
  const value = node.input(bySizes ? 0 : 1);
  const { shape } = node.type(value);
  const axis = node.axis(await node.number(bySizes ? 2 : 0, "its axis"), shape.length);
  const length = shape[axis] ?? 0;
  const count = node.int("num_split", 1);
  if (count < 1 || count > Math.min(length, MAX_PARTS)) {
    throw badNode(node, `it makes ${count} parts of ${length}, expected 1 to ${MAX_PARTS}`);
  }
  const stated = bySizes
    ? await node.numbers(1, "the sizes of its parts")
    : new Array<number>(count).fill(length / count);
  const rest = length - stated.reduce((sum, size) => size < 0 ? sum : sum + size, 0);
  const sizes = stated.map((size) => size < 0 ? rest : size);
  if (sizes.length !== count || sizes.some((size) => !Number.isInteger(size) || size < 0)) {
    throw badNode(node, `it splits ${length} into [${stated}], expected ${count} parts`);
  }
  return await node.finishAll(count, {
    operator: "Split",
    inputs: [value, node.addIntegers("sizes", sizes)],
    attributes: { axis: int(axis) },
  });
}

/** Stacks tensors along a new axis. */
async function pack(node: NodeLowering): Promise<string> {
  const axis = node.axis(node.int("axis", 0), node.shape(0).length + 1);
  const axes = node.addIntegers("axes", [axis]);
  const parts: string[] = [];
  for (const input of node.inputs) parts.push(await node.emit("Unsqueeze", [input, axes]));
  return await node.finish("Concat", parts, { axis: int(axis) });
}

/** Takes a tensor apart along an axis. */
async function unpack(node: NodeLowering): Promise<readonly string[]> {
  const shape = node.shape(0);
  const axis = node.axis(node.int("axis", 0), shape.length);
  const count = shape[axis] ?? 0;
  const stated = node.int("num", count);
  if (stated !== count || count < 1 || count > MAX_PARTS) {
    throw badNode(node, `it makes ${stated} parts of an axis of ${count} elements`);
  }
  const axes = node.addIntegers("axes", [axis]);
  const parts = Array.from(
    { length: count },
    (_, index) => node.model.takeName(`${node.name}:part_${index}`),
  );
  await node.model.addNode({
    name: `${node.name}:Split`,
    operator: "Split",
    inputs: [node.input(0)],
    outputs: parts,
    attributes: { axis: int(axis), num_outputs: int(count) },
  });
  const results: string[] = [];
  for (const [index, part] of parts.entries()) {
    const output = node.resultName(index);
    await node.model.addNode({
      name: output,
      operator: "Squeeze",
      inputs: [part, axes],
      outputs: [output],
    });
    results.push(output);
  }
  return results;
}

async function tile(node: NodeLowering): Promise<string> {
  const repeats = await node.numbers(1, "how often it repeats");
  return await node.finish("Tile", [node.input(0), node.addIntegers("repeats", repeats)]);
}

async function gather(node: NodeLowering): Promise<string> {
  const rank = node.shape(0).length;
  const axis = node.operator === "Gather" ? 0 : await node.number(2, "its axis");
  if (node.int("batch_dims", 0) !== 0) {
    throw unsupportedNode(node, `its batch_dims is ${node.int("batch_dims", 0)}; supported is 0`);
  }
  return await node.finish("Gather", [node.input(0), node.input(1)], {
    axis: int(node.axis(axis, rank)),
  });
}

async function gatherNd(node: NodeLowering): Promise<string> {
  const places = await node.emit("Cast", [node.input(1)], {
    to: int(onnxCodeOfDataType("int64")),
  });
  return await node.finish("GatherND", [node.input(0), places]);
}

async function oneHot(node: NodeLowering): Promise<string> {
  const [on, off] = [node.input(2), node.input(3)];
  const axes = node.addIntegers("axes", [0]);
  const values = await node.emit("Concat", [
    await node.emit("Unsqueeze", [off, axes]),
    await node.emit("Unsqueeze", [on, axes]),
  ], { axis: int(0) });
  return await node.finish("OneHot", [node.input(0), node.input(1), values], {
    axis: int(node.int("axis", -1)),
  });
}

async function reverse(node: NodeLowering): Promise<string> {
  const shape = node.shape(0);
  const axes = (await node.numbers(1, "its axes")).map((axis) => node.axis(axis, shape.length));
  if (axes.length === 0) return await node.finish("Identity", [node.input(0)]);
  return await node.finish("Slice", [
    node.input(0),
    node.addIntegers("starts", axes.map((axis) => (shape[axis] ?? 0) - 1)),
    node.addIntegers("ends", axes.map((axis) => -(shape[axis] ?? 0) - 1)),
    node.addIntegers("axes", axes),
    node.addIntegers("steps", axes.map(() => -1)),
  ]);
}

/** Along each axis the last slices come first. */
async function roll(node: NodeLowering): Promise<string> {
  const shape = node.shape(0);
  const shifts = await node.numbers(1, "its shifts");
  const axes = (await node.numbers(2, "its axes")).map((axis) => node.axis(axis, shape.length));
  if (shifts.length !== axes.length) {
    throw badNode(node, `it has ${shifts.length} shifts for ${axes.length} axes`);
  }
  let value = node.input(0);
  for (const [index, axis] of axes.entries()) {
    const size = shape[axis] ?? 1;
    const start = ((-(shifts[index] ?? 0) % size) + size) % size;
    if (start === 0) continue;
    const part = async (from: number, to: number): Promise<string> =>
      await node.emit("Slice", [
        value,
        node.addIntegers("starts", [from]),
        node.addIntegers("ends", [to]),
        node.addIntegers("axes", [axis]),
      ]);
    const parts = [await part(start, size), await part(0, start)];
    value = await node.emit("Concat", parts, { axis: int(axis) });
  }
  return await node.finish("Identity", [value]);
}

/** Operators that move elements. */
export const SHAPING: OperatorTable = {
  Concat: concat,
  ConcatV2: concat,
  ExpandDims: expandDimensions,
  Gather: gather,
  GatherNd: gatherNd,
  GatherV2: gather,
  OneHot: oneHot,
  Pack: pack,
  Reshape: reshape,
  ReverseV2: reverse,
  Roll: roll,
  Split: split,
  SplitV: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unpack: unpack,
};
