import { intAttribute, intsAttribute } from "../attributes.ts";
import type { Attribute, Node } from "../model.ts";
import { formatShape, inputType, nodeError, requireRank, requireShape } from "./operator_call.ts";
import type { OperatorCall, OperatorTable, TensorType } from "./operator_schema.ts";
import {
  autoPad,
  integersPerAxis,
  type SpatialWindow,
  spatialWindow,
  splitPadding,
  windowAttributes,
} from "./spatial_window.ts";

function groupCount(node: Node): number {
  const groups = intAttribute(node, "group", 1);
  if (groups < 1) {
    throw nodeError(node, {
      what: 'attribute "group"',
      found: String(groups),
      expected: "at least 1",
    });
  }
  return groups;
}

/** Data and weight of a convolution; the kernel's extents must agree with `kernel_shape`. */
function operands(call: OperatorCall): {
  readonly data: TensorType;
  readonly weight: TensorType;
  readonly kernel: readonly number[];
} {
  const data = requireRank(call, { index: 0, least: 3, most: Infinity });
  const weight = requireRank(call, { index: 1, least: data.shape.length });
  if (weight.dtype !== data.dtype) {
    throw nodeError(call.node, {
      what: "the type of its weight",
      found: weight.dtype,
      expected: `${data.dtype} as that of its input`,
    });
  }
  const kernel = weight.shape.slice(2);
  const stated = intsAttribute(call.node, "kernel_shape") ?? kernel;
  if (stated.length !== kernel.length || stated.some((extent, i) => extent !== kernel[i])) {
    throw nodeError(call.node, {
      what: 'attribute "kernel_shape"',
      found: formatShape(stated),
      expected: `${formatShape(kernel)} as its weight ${formatShape(weight.shape)} has`,
    });
  }
  return { data, weight, kernel };
}

function requireChannels(
  call: OperatorCall,
  { found, expected }: { readonly found: number; readonly expected: number },
): void {
  if (found === expected) return;
  throw nodeError(call.node, {
    what: "the number of channels of its input",
    found: String(found),
    expected: `${expected} for weight ${formatShape(inputType(call, 1).shape)} in ` +
      `${groupCount(call.node)} groups`,
  });
}

function requireBias(call: OperatorCall, channels: number): void {
  if (call.inputs[2] !== undefined) requireShape(call, { index: 2, shape: [channels] });
}

function convWindow(call: OperatorCall): SpatialWindow {
  const { data, kernel } = operands(call);
  return spatialWindow(call.node, { input: data.shape.slice(2), kernel });
}

/** Weight `[outChannels, inChannels / group, kernel…]`. */
function inferConv(call: OperatorCall): readonly TensorType[] {
  const { data, weight } = operands(call);
  const groups = groupCount(call.node);
  const [outChannels = 0, inPerGroup = 0] = weight.shape;
  requireChannels(call, { found: data.shape[1] ?? 0, expected: inPerGroup * groups });
  if (outChannels % groups !== 0) {
    throw nodeError(call.node, {
      what: "the number of its output channels",
      found: String(outChannels),
      expected: `a multiple of its ${groups} groups`,
    });
  }
  requireBias(call, outChannels);
  const shape = [data.shape[0] ?? 0, outChannels, ...convWindow(call).output];
  return [{ dtype: data.dtype, shape }];
}

function normalizeConv(call: OperatorCall): Readonly<Record<string, Attribute>> {
  return {
    ...windowAttributes(call.node, convWindow(call)),
    group: { type: "int", value: groupCount(call.node) },
  };
}

/**
 * Resolves padding and output extents of a transposed convolution: `output = stride * (input - 1) +
 * outputPadding + (kernel - 1) * dilation + 1 - pads`; an `output_shape` decides the padding instead.
 */
function transposedWindow(
  call: OperatorCall,
): SpatialWindow & { readonly outputPadding: readonly number[] } {
  const { node } = call;
  const { data, kernel } = operands(call);
  const input = data.shape.slice(2);
  const count = input.length;
  const strides = integersPerAxis(node, "strides", { count, fallback: 1, least: 1 });
  const dilations = integersPerAxis(node, "dilations", { count, fallback: 1, least: 1 });
  const extra = integersPerAxis(node, "output_padding", { count, fallback: 0, least: 0 });
  const given = integersPerAxis(node, "pads", { count: 2 * count, fallback: 0, least: 0 });
  const mode = autoPad(node);
  const reach = input.map((size, i) =>
    (strides[i] ?? 1) * (size - 1) + (extra[i] ?? 0) +
    ((kernel[i] ?? 1) - 1) * (dilations[i] ?? 1) +
    1
  );
  const window = { kernel, strides, dilations };
  const stated = intsAttribute(node, "output_shape");
  if (stated !== undefined || mode === "SAME_UPPER" || mode === "SAME_LOWER") {
    // Some exporters write batch and channels in front of the spatial extents.
    const output = stated?.slice(stated.length === count + 2 ? 2 : 0) ??
      input.map((size, i) => size * (strides[i] ?? 1));
    if (output.length !== count || output.some((extent) => extent < 1)) {
      throw nodeError(node, {
        what: 'attribute "output_shape"',
        found: formatShape(output),
        expected: `${count} positive integers`,
      });
    }
    const totals = reach.map((extent, i) => Math.max(0, extent - (output[i] ?? 0)));
    const outputPadding = extra.map((padding, i) =>
      padding + Math.max(0, (output[i] ?? 0) - (reach[i] ?? 0))
    );
    return { ...window, output, outputPadding, pads: splitPadding(totals, mode === "SAME_UPPER") };
  }
  const pads = mode === "VALID" ? new Array<number>(2 * count).fill(0) : given;
  const output = reach.map((extent, i) => extent - (pads[i] ?? 0) - (pads[count + i] ?? 0));
  if (output.some((extent) => extent < 1)) {
    throw nodeError(node, {
      what: "the extent of its output",
      found: formatShape(output),
      expected: "at least 1 on every axis",
    });
  }
  return { ...window, output, outputPadding: extra, pads };
}

/** Weight `[inChannels, outChannels / group, kernel…]`. */
function inferConvTranspose(call: OperatorCall): readonly TensorType[] {
  const { data, weight } = operands(call);
  const groups = groupCount(call.node);
  const [inChannels = 0, outPerGroup = 0] = weight.shape;
  requireChannels(call, { found: data.shape[1] ?? 0, expected: inChannels });
  if (inChannels % groups !== 0) {
    throw nodeError(call.node, {
      what: "the number of its input channels",
      found: String(inChannels),
      expected: `a multiple of its ${groups} groups`,
    });
  }
  requireBias(call, outPerGroup * groups);
  const shape = [data.shape[0] ?? 0, outPerGroup * groups, ...transposedWindow(call).output];
  return [{ dtype: data.dtype, shape }];
}

function normalizeConvTranspose(call: OperatorCall): Readonly<Record<string, Attribute>> {
  const window = transposedWindow(call);
  const { output_shape: _, ...attributes } = windowAttributes(call.node, window);
  return {
    ...attributes,
    group: { type: "int", value: groupCount(call.node) },
    output_padding: { type: "ints", value: window.outputPadding },
  };
}

const WINDOW = ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"];

/** Convolutions over any number of spatial axes. */
export const CONVOLUTION: OperatorTable = {
  Conv: { inputs: [2, 3], attributes: WINDOW, infer: inferConv, normalize: normalizeConv },
  ConvTranspose: {
    inputs: [2, 3],
    attributes: [...WINDOW, "output_padding", "output_shape"],
    infer: inferConvTranspose,
    normalize: normalizeConvTranspose,
  },
};
