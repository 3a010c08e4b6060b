import { intAttribute, intsAttribute, stringAttribute } from "../attributes.ts";
import type { Attribute, Node } from "../model.ts";
import { formatShape, nodeError } from "./operator_call.ts";

/** How a convolution or pool moves over its spatial axes, automatic padding resolved. */
export interface SpatialWindow {
  /** Extent of the kernel along each spatial axis. */
  readonly kernel: readonly number[];
  /** Step along each spatial axis. */
  readonly strides: readonly number[];
  /** Distance of neighbouring kernel elements along each spatial axis. */
  readonly dilations: readonly number[];
  /** Padding: first the beginnings of all axes, then the ends, as ONNX has it. */
  readonly pads: readonly number[];
  /** Extent of the output along each spatial axis. */
  readonly output: readonly number[];
}

/** Reads a list attribute with one integer an axis, each at least `least`. */
export function integersPerAxis(
  node: Node,
  name: string,
  { count, fallback, least }: {
    readonly count: number;
    readonly fallback: number;
    readonly least: number;
  },
): readonly number[] {
  const values = intsAttribute(node, name) ?? new Array<number>(count).fill(fallback);
  if (values.length !== count || values.some((value) => value < least)) {
    throw nodeError(node, {
      what: `attribute "${name}"`,
      found: formatShape(values),
      expected: `${count} integers of at least ${least}`,
    });
  }
  return values;
}

/** Reads the attribute `auto_pad` and checks its value. */
export function autoPad(node: Node): "NOTSET" | "VALID" | "SAME_UPPER" | "SAME_LOWER" {
  const value = stringAttribute(node, "auto_pad", "NOTSET");
  if (
    value === "NOTSET" || value === "VALID" || value === "SAME_UPPER" || value === "SAME_LOWER"
  ) return value;
  throw nodeError(node, {
    what: 'attribute "auto_pad"',
    found: `"${value}"`,
    expected: "NOTSET, VALID, SAME_UPPER or SAME_LOWER",
  });
}

/** Splits padding between the beginnings and the ends of the axes. */
export function splitPadding(totals: readonly number[], moreAtEnd: boolean): readonly number[] {
  const split = moreAtEnd ? Math.floor : Math.ceil;
  const begins = totals.map((total) => split(total / 2));
  return [...begins, ...totals.map((total, i) => total - (begins[i] ?? 0))];
}

/**
 * Resolves the window of a Conv or pool node over an input of extents `input`.
 *
 * A pool that rounds up leaves out a last window that would start behind the input and its left
 * padding, as ONNX Runtime and opset 22 do.
 *
 * @throws {FormatError} If an attribute is out of range or no window fits.
 */
export function spatialWindow(
  node: Node,
  { input, kernel }: { readonly input: readonly number[]; readonly kernel: readonly number[] },
): SpatialWindow {
  const count = input.length;
  const strides = integersPerAxis(node, "strides", { count, fallback: 1, least: 1 });
  const dilations = integersPerAxis(node, "dilations", { count, fallback: 1, least: 1 });
  const mode = autoPad(node);
  const roundUp = intAttribute(node, "ceil_mode", 0) !== 0;
  const same = mode === "SAME_UPPER" || mode === "SAME_LOWER";
  const given = integersPerAxis(node, "pads", { count: 2 * count, fallback: 0, least: 0 });
  const extents = kernel.map((k, i) => (k - 1) * (dilations[i] ?? 1) + 1);
  let pads = mode === "NOTSET" ? given : new Array<number>(2 * count).fill(0);
  if (same) {
    const totals = input.map((size, i) => {
      const stride = strides[i] ?? 1;
      const steps = Math.ceil(size / stride) - 1;
      return Math.max(0, steps * stride + (extents[i] ?? 1) - size);
    });
    pads = splitPadding(totals, mode === "SAME_UPPER");
  }
  const output = input.map((size, i) => {
    const [stride, begin] = [strides[i] ?? 1, pads[i] ?? 0];
    const room = size + begin + (pads[count + i] ?? 0) - (extents[i] ?? 1);
    if (room < 0) {
      throw nodeError(node, {
        what: `the padded input along spatial axis ${i}`,
        found: `${room + (extents[i] ?? 1)} long`,
        expected: `at least ${extents[i]}, the extent of the kernel`,
      });
    }
    if (!roundUp || same) return Math.floor(room / stride) + 1;
    const steps = Math.ceil(room / stride) + 1;
    return (steps - 1) * stride >= size + begin ? steps - 1 : steps;
  });
  return { kernel, strides, dilations, pads, output };
}

/** The attributes of `node` with its window spelled out and `auto_pad` gone. */
export function windowAttributes(
  node: Node,
  window: Omit<SpatialWindow, "output">,
): Readonly<Record<string, Attribute>> {
  const { auto_pad: _, ...others } = node.attributes;
  return {
    ...others,
    kernel_shape: { type: "ints", value: window.kernel },
    strides: { type: "ints", value: window.strides },
    dilations: { type: "ints", value: window.dilations },
    pads: { type: "ints", value: window.pads },
  };
}
