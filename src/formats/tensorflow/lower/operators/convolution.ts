import type { Attribute } from "../../../../graph/mod.ts";
import { badNode, unsupportedNode } from "../../unsupported_node.ts";
import { int, ints } from "../attributes.ts";
import { ImageLayout } from "../layout.ts";
import type { NodeLowering } from "../node_lowering.ts";
import type { OperatorTable } from "../operator_rule.ts";

/** Filter `[spatial…, in, out]` as `[out, in, spatial…]`. */
async function convolutionWeight(node: NodeLowering, filter: string): Promise<string> {
  const rank = node.type(filter).shape.length;
  const order = [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, axis) => axis)];
  return await node.transpose(filter, order);
}

/** Filter `[h, w, channels, multiplier]` as `[channels * multiplier, 1, h, w]`. */
async function depthwiseWeight(node: NodeLowering, filter: string): Promise<string> {
  const [height = 0, width = 0, channels = 0, multiplier = 0] = node.type(filter).shape;
  const weight = await node.transpose(filter, [2, 3, 0, 1]);
  return await node.reshape(weight, [channels * multiplier, 1, height, width]);
}

function requireFilter(node: NodeLowering, spatialRank: number): readonly number[] {
  const shape = node.shape(1);
  if (shape.length === spatialRank + 2 && !shape.includes(0)) return shape;
  throw badNode(node, `its filter has shape [${shape}], expected ${spatialRank + 2} dimensions`);
}

/** The image, and the padding; zeros that another node puts around the image count as padding. */
async function paddedImage(
  node: NodeLowering,
  layout: ImageLayout,
): Promise<{ readonly image: string; readonly padding: Readonly<Record<string, Attribute>> }> {
  const padding = layout.padding();
  const padded = node.model.zeroPadded.get(node.input(0));
  const own = padding.pads?.type === "ints" ? padding.pads.value : undefined;
  const others = padded?.pads.filter((_, axis) => !layout.isSpatial(axis)) ?? [];
  if (
    padded === undefined || padding.auto_pad !== undefined ||
    others.some(([begin, end]) => begin + end > 0)
  ) return { image: await layout.first(node.input(0)), padding };
  const spatial = padded.pads.filter((_, axis) => layout.isSpatial(axis));
  const all = [...spatial.map(([begin]) => begin), ...spatial.map(([, end]) => end)];
  return {
    image: await layout.first(padded.source),
    padding: { pads: ints(all.map((pad, index) => pad + (own?.[index] ?? 0))) },
  };
}

async function convolve(node: NodeLowering): Promise<string> {
  const layout = new ImageLayout(node);
  const filter = requireFilter(node, layout.spatialRank);
  const { image, padding } = await paddedImage(node, layout);
  const channels = node.type(image).shape[1] ?? 0;
  const perGroup = filter.at(-2) ?? 1;
  if (channels % perGroup !== 0) {
    throw badNode(node, `its filter has ${perGroup} input channels, its image ${channels}`);
  }
  const weight = await convolutionWeight(node, node.input(1));
  return await layout.finish("Conv", [image, weight], {
    ...padding,
    strides: ints(layout.spatialAttribute("strides")),
    dilations: ints(layout.spatialAttribute("dilations")),
    group: int(channels / perGroup),
  });
}

async function convolveDepthwise(node: NodeLowering): Promise<string> {
  const layout = new ImageLayout(node);
  const [, , channels = 0] = requireFilter(node, layout.spatialRank);
  const { image, padding } = await paddedImage(node, layout);
  const weight = await depthwiseWeight(node, node.input(1));
  return await layout.finish("Conv", [image, weight], {
    ...padding,
    strides: ints(layout.spatialAttribute("strides")),
    dilations: ints(layout.spatialAttribute("dilations")),
    group: int(channels),
  });
}

/**
 * The gradient of a convolution, which is a transposed convolution. Padding is that of the forward
 * convolution: what SAME takes away from `(in - 1) * stride + (kernel - 1) * dilation + 1`.
 */
async function convolveBackward(node: NodeLowering): Promise<string> {
  const layout = new ImageLayout(node, { image: 2 });
  const filter = requireFilter(node, layout.spatialRank);
  const sizes = await node.numbers(0, "the size of its output");
  const output = sizes.length === layout.spatialRank ? sizes : layout.spatial(sizes);
  const image = await layout.first(node.input(2));
  const input = node.type(image).shape.slice(2);
  const strides = layout.spatialAttribute("strides");
  const dilations = layout.spatialAttribute("dilations");
  const { pads, auto_pad } = layout.padding();
  const explicit = pads?.type === "ints" ? pads.value : [];
  const begins: number[] = [];
  const ends: number[] = [];
  const extra: number[] = [];
  for (const [axis, size] of input.entries()) {
    const extent = ((filter[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    const reach = (size - 1) * (strides[axis] ?? 1) + extent;
    const difference = reach - (output[axis] ?? 0);
    const begin = auto_pad === undefined
      ? explicit[axis] ?? 0
      : Math.floor(Math.max(0, difference) / 2);
    const end = auto_pad === undefined
      ? explicit[axis + input.length] ?? 0
      : Math.max(0, difference) - begin;
    begins.push(begin);
    ends.push(end);
    extra.push(begin + end - difference);
    if (begin + end < difference) {
      throw badNode(node, `its output is [${output}], which its input [${input}] does not lead to`);
    }
  }
  const order = [filter.length - 1, filter.length - 2];
  const weight = await node.transpose(node.input(1), [...order, ...input.map((_, axis) => axis)]);
  return await layout.finish("ConvTranspose", [image, weight], {
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...begins, ...ends]),
    output_padding: ints(extra),
  });
}

/**
 * SpaceToBatchND, a convolution and BatchToSpaceND in a row are one convolution with the blocks as
 * dilations; what is cropped is not padded. Inputs: image, filter, blocks, paddings, blocks, crops.
 */
async function convolveDilated(node: NodeLowering): Promise<string> {
  const layout = new ImageLayout(node);
  const filter = requireFilter(node, layout.spatialRank);
  const depthwise = node.operator === "DilatedDepthwiseConv2dNative";
  const blocks = await node.numbers(2, "its block shape");
  const paddings = await node.numbers(3, "its paddings");
  const after = await node.numbers(4, "its block shape");
  const crops = await node.numbers(5, "its crops");
  if (`${blocks}` !== `${after}` || blocks.length !== layout.spatialRank || !layout.channelsLast) {
    throw unsupportedNode(
      node,
      `SpaceToBatchND with blocks [${blocks}] before it and BatchToSpaceND with [${after}] behind ` +
        `it; supported are equal blocks for the spatial axes`,
    );
  }
  const image = await layout.first(node.input(0));
  const pads = [0, 1].flatMap((end) =>
    blocks.map((_, axis) => (paddings[2 * axis + end] ?? 0) - (crops[2 * axis + end] ?? 0))
  );
  const channels = node.type(image).shape[1] ?? 0;
  const weight = depthwise
    ? await depthwiseWeight(node, node.input(1))
    : await convolutionWeight(node, node.input(1));
  const attributes = {
    dilations: ints(blocks),
    group: int(depthwise ? channels : Math.max(1, channels / (filter.at(-2) ?? 1))),
    pads: ints(pads.map((pad) => Math.max(0, pad))),
  };
  if (pads.every((pad) => pad >= 0)) {
    return await layout.finish("Conv", [image, weight], attributes);
  }
  const whole = await node.emit("Conv", [image, weight], attributes);
  const { shape } = node.type(whole);
  const spatial = blocks.map((_, axis) => axis + 2);
  return await layout.finish("Slice", [
    whole,
    node.addIntegers("starts", blocks.map((_, axis) => Math.max(0, -(pads[axis] ?? 0)))),
    node.addIntegers(
      "ends",
      spatial.map((axis, i) => (shape[axis] ?? 0) + Math.min(0, pads[blocks.length + i] ?? 0)),
    ),
    node.addIntegers("axes", spatial),
  ]);
}

/** Convolutions. */
export const CONVOLUTION: OperatorTable = {
  Conv2D: convolve,
  Conv2DBackpropInput: convolveBackward,
  Conv3D: convolve,
  DepthwiseConv2dNative: convolveDepthwise,
  DilatedConv2D: convolveDilated,
  DilatedDepthwiseConv2dNative: convolveDilated,
};
