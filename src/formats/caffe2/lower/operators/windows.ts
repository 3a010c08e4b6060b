import { attribute } from "../../../../graph/mod.ts";
import type { LowerOperator, OperatorContext } from "../operator_context.ts";

/** Operators that slide a window over images. */
export const WINDOW_OPERATORS: Readonly<Record<string, LowerOperator>> = {
  AveragePool: (operator) => lowerPool(operator, "AveragePool"),
  Conv: lowerConv,
  ConvTranspose: lowerConvTranspose,
  MaxPool: (operator) => lowerPool(operator, "MaxPool"),
};

/** `LegacyPadding` of `caffe2_legacy.proto`. */
const LEGACY = { notSet: 0, valid: 1, same: 2, caffePooling: 3 } as const;

/** Kernel, strides, dilations and padding; padding with the beginnings first, as in ONNX. */
interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
}

/** Reads `kernels`, or `kernel`, or `kernel_h` and `kernel_w`. */
function perAxis(
  operator: OperatorContext,
  name: string,
  { axes, fallback }: { readonly axes: number; readonly fallback: number },
): readonly number[] {
  const list = operator.integersOf(`${name}s`);
  const values = list !== undefined && list.length > 0
    ? list
    : operator.has(`${name}_h`) || operator.has(`${name}_w`)
    ? [operator.integer(`${name}_h`, fallback), operator.integer(`${name}_w`, fallback)]
    : Array<number>(axes).fill(operator.integer(name, fallback));
  if (values.length === axes && values.every((value) => value >= 1)) return values;
  throw operator.error(`its ${name} is [${values}], expected a positive integer for ${axes} axes`);
}

function padding(operator: OperatorContext, axes: number): readonly number[] {
  const list = operator.integersOf("pads");
  const sides = ["pad_t", "pad_l", "pad_b", "pad_r"];
  const values = list !== undefined && list.length > 0
    ? list
    : sides.some((side) => operator.has(side))
    ? sides.map((side) => operator.integer(side, 0))
    : Array<number>(2 * axes).fill(operator.integer("pad", 0));
  if (values.length === 2 * axes && values.every((value) => value >= 0)) return values;
  throw operator.error(`its padding is [${values}], expected ${2 * axes} integers from 0`);
}

function windowOf(
  operator: OperatorContext,
  kernel: readonly number[],
  input: readonly number[],
): Window {
  const axes = input.length;
  const strides = perAxis(operator, "stride", { axes, fallback: 1 });
  const dilations = perAxis(operator, "dilation", { axes, fallback: 1 });
  const given = padding(operator, axes);
  const legacy = operator.integer("legacy_pad", LEGACY.notSet);
  const pads = legacyPads(operator, { kernel, strides, dilations, pads: given }, { legacy, input });
  return { kernel, strides, dilations, pads };
}

/** What `legacy_pad` makes of the padding (`ConvPoolOpBase::ComputeSizeAndPad`). */
function legacyPads(
  operator: OperatorContext,
  window: Window,
  { legacy, input }: { readonly legacy: number; readonly input: readonly number[] },
): readonly number[] {
  const { kernel, strides, dilations, pads } = window;
  if (legacy === LEGACY.notSet) return pads;
  const axes = input.length;
  const extents = kernel.map((size, axis) => (size - 1) * (dilations[axis] ?? 1) + 1);
  if (legacy === LEGACY.valid || legacy === LEGACY.same) {
    if (pads.some((pad) => pad > 0)) throw operator.error("it has padding beside legacy_pad");
    if (legacy === LEGACY.valid) return pads;
    const totals = input.map((size, axis) => {
      const stride = strides[axis] ?? 1;
      return Math.max(0, (Math.ceil(size / stride) - 1) * stride + (extents[axis] ?? 1) - size);
    });
    const begins = totals.map((total) => Math.floor(total / 2));
    return [...begins, ...totals.map((total, axis) => total - (begins[axis] ?? 0))];
  }
  if (legacy !== LEGACY.caffePooling) {
    throw operator.error(`its legacy_pad is ${legacy}, expected 0 to 3`);
  }
  const ends = input.map((size, axis) => {
    const [stride, pad] = [strides[axis] ?? 1, pads[axis] ?? 0];
    const extent = extents[axis] ?? 1;
    const room = (size + 2 * pad - extent) / stride;
    let output = Math.ceil(room) + 1;
    if (pad > 0 && (output - 1) * stride >= size + pad) output--;
    if (output === Math.floor(room) + 1) return pad;
    // No more than the last window needs, which engines ask for.
    return Math.max(0, (output - 1) * stride + extent - size - pad);
  });
  return [...pads.slice(0, axes), ...ends];
}

function lowerConv(operator: OperatorContext): readonly string[] {
  operator.requireChannelsFirst();
  const [, , ...input] = operator.shape(operator.input);
  const [, , ...kernel] = operator.shape(operator.inputAt(1));
  checkKernel(operator, kernel);
  const window = windowOf(operator, kernel, input);
  return operator.output("Conv", operator.inputs.slice(0, 3), {
    kernel_shape: attribute.ints(window.kernel),
    strides: attribute.ints(window.strides),
    pads: attribute.ints(window.pads),
    dilations: attribute.ints(window.dilations),
    group: attribute.int(operator.integer("group", 1)),
  });
}

function lowerConvTranspose(operator: OperatorContext): readonly string[] {
  operator.requireChannelsFirst();
  const [, , ...input] = operator.shape(operator.input);
  const [, , ...kernel] = operator.shape(operator.inputAt(1));
  checkKernel(operator, kernel);
  if (operator.integer("legacy_pad", LEGACY.notSet) !== LEGACY.notSet) {
    throw operator.unsupported("it has a legacy_pad; padding in numbers would work");
  }
  const axes = input.length;
  const adjusted = operator.integersOf("adjs");
  const adjust = adjusted !== undefined && adjusted.length > 0
    ? adjusted
    : operator.has("adj_h") || operator.has("adj_w")
    ? [operator.integer("adj_h", 0), operator.integer("adj_w", 0)]
    : Array<number>(axes).fill(operator.integer("adj", 0));
  return operator.output("ConvTranspose", operator.inputs.slice(0, 3), {
    kernel_shape: attribute.ints(kernel),
    strides: attribute.ints(perAxis(operator, "stride", { axes, fallback: 1 })),
    pads: attribute.ints(padding(operator, axes)),
    output_padding: attribute.ints(adjust),
    group: attribute.int(operator.integer("group", 1)),
  });
}

/** The arguments say again what the weight's shape says. */
function checkKernel(operator: OperatorContext, kernel: readonly number[]): void {
  if (kernel.length === 0) throw operator.error("its input or weight has no spatial axes");
  const given = ["kernel", "kernels", "kernel_h", "kernel_w"].some((name) => operator.has(name));
  if (!given) return;
  const stated = perAxis(operator, "kernel", { axes: kernel.length, fallback: 1 });
  if (stated.some((size, axis) => size !== kernel[axis])) {
    throw operator.error(`its kernel is [${stated}], its weight has [${kernel}]`);
  }
}

function lowerPool(
  operator: OperatorContext,
  type: "AveragePool" | "MaxPool",
): readonly string[] {
  operator.requireChannelsFirst();
  const [, , ...input] = operator.shape(operator.input);
  if (operator.outputCount > 1) {
    throw operator.unsupported("it has a second output with positions; one output would work");
  }
  if (operator.integer("global_pooling", 0) !== 0) {
    if (padding(operator, input.length).some((pad) => pad > 0)) {
      throw operator.error("it has padding beside global_pooling");
    }
    return operator.output(`Global${type}`, [operator.input]);
  }
  const kernel = perAxis(operator, "kernel", { axes: input.length, fallback: 0 });
  const { strides, dilations, pads } = windowOf(operator, kernel, input);
  if (dilations.some((step) => step !== 1)) {
    throw operator.unsupported(`its dilations are [${dilations}]; 1 would work`);
  }
  const counts = operator.integer("count_include_pad", 0);
  return operator.output(type, [operator.input], {
    kernel_shape: attribute.ints(kernel),
    strides: attribute.ints(strides),
    pads: attribute.ints(pads),
    ...type === "AveragePool" && { count_include_pad: attribute.int(counts) },
  });
}
