import { countElements } from "../../../../tensor/mod.ts";
import { badNode } from "../../unsupported_node.ts";
import type { NodeLowering } from "../node_lowering.ts";
import type { OperatorTable } from "../operator_rule.ts";

/** The operators of images have one size for both axes. */
async function readBlocks(
  node: NodeLowering,
  what: string,
): Promise<{ readonly blocks: readonly number[]; readonly borders: readonly number[] }> {
  if (node.operator.endsWith("ND")) {
    const blocks = await node.numbers(1, "its block shape");
    return { blocks, borders: await node.numbers(2, what) };
  }
  const size = node.int("block_size", 1);
  return { blocks: [size, size], borders: await node.numbers(1, what) };
}

/** Blocks of the spatial axes become entries of the batch. */
async function spaceToBatch(node: NodeLowering): Promise<string> {
  const { blocks, borders: paddings } = await readBlocks(node, "its paddings");
  const shape = node.shape(0);
  const count = blocks.length;
  const inner = shape.slice(1 + count);
  const pads = [0, 1].flatMap((end) => [
    0,
    ...blocks.map((_, axis) => paddings[2 * axis + end] ?? 0),
    ...inner.map(() => 0),
  ]);
  const padded = await node.emit("Pad", [node.input(0), node.addIntegers("pads", pads)], {
    mode: { type: "string", value: "constant" },
  });
  const [batch = 1, ...sizes] = node.type(padded).shape;
  const parts = blocks.flatMap((block, axis) => [(sizes[axis] ?? 0) / block, block]);
  if (parts.some((part) => !Number.isInteger(part))) {
    throw badNode(node, `its blocks [${blocks}] do not divide [${sizes}]`);
  }
  const split = await node.reshape(padded, [batch, ...parts, ...inner]);
  const moved = await node.transpose(split, [
    ...blocks.map((_, axis) => 2 * axis + 2),
    0,
    ...blocks.map((_, axis) => 2 * axis + 1),
    ...inner.map((_, axis) => 1 + 2 * count + axis),
  ]);
  return await node.finishReshape(moved, [
    batch * countElements(blocks),
    ...blocks.map((_, axis) => parts[2 * axis] ?? 0),
    ...inner,
  ]);
}

/** The inverse, with the borders cropped. */
async function batchToSpace(node: NodeLowering): Promise<string> {
  const { blocks, borders: crops } = await readBlocks(node, "its crops");
  const [entries = 1, ...sizes] = node.shape(0);
  const count = blocks.length;
  const inner = sizes.slice(count);
  const batch = entries / countElements(blocks);
  if (!Number.isInteger(batch)) {
    throw badNode(node, `its blocks [${blocks}] do not divide its batch of ${entries}`);
  }
  const split = await node.reshape(node.input(0), [...blocks, batch, ...sizes]);
  const moved = await node.transpose(split, [
    count,
    ...blocks.flatMap((_, axis) => [count + 1 + axis, axis]),
    ...inner.map((_, axis) => 2 * count + 1 + axis),
  ]);
  const spatial = blocks.map((block, axis) => block * (sizes[axis] ?? 0));
  const joined = await node.reshape(moved, [batch, ...spatial, ...inner]);
  return await node.finish("Slice", [
    joined,
    node.addIntegers("starts", blocks.map((_, axis) => crops[2 * axis] ?? 0)),
    node.addIntegers("ends", spatial.map((size, axis) => size - (crops[2 * axis + 1] ?? 0))),
    node.addIntegers("axes", blocks.map((_, axis) => axis + 1)),
  ]);
}

/** Blocks of images as entries of the batch, and back. */
export const BLOCKS: OperatorTable = {
  BatchToSpace: batchToSpace,
  BatchToSpaceND: batchToSpace,
  SpaceToBatch: spaceToBatch,
  SpaceToBatchND: spaceToBatch,
};
