import { intAttribute, intsAttribute, type Node } from "../../../graph/mod.ts";
import { createAxisMatrix, multiplyAlong } from "./axis_matrix.ts";
import { Composer, type Term } from "./composer.ts";
import { type Normalizer, unsupported } from "./normalizer.ts";

/** The window of a pool along one axis. */
interface AxisWindow {
  readonly axis: number;
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
}

/**
 * Says a pool that no pool of a DLC says, with dilations or more than two spatial axes, axis by axis:
 * means are products with constant matrices, maxima those of shifted copies.
 */
export function emitPoolByAxis(node: Node, normalizer: Normalizer): void {
  const composer = new Composer(node, normalizer);
  const input = composer.input(0);
  let term = input;
  for (const window of axisWindows(node, input.shape, normalizer.shape(node.outputs[0] ?? ""))) {
    term = node.operator === "MaxPool"
      ? maximum(composer, term, { node, window })
      : mean(composer, term, { node, window });
  }
  composer.finish(term);
}

function axisWindows(
  node: Node,
  from: readonly number[],
  to: readonly number[],
): readonly AxisWindow[] {
  const kernels = intsAttribute(node, "kernel_shape") ?? [];
  const strides = intsAttribute(node, "strides");
  const dilations = intsAttribute(node, "dilations");
  const pads = intsAttribute(node, "pads");
  return kernels.map((kernel, i) => ({
    axis: 2 + i,
    input: from[2 + i] ?? 1,
    output: to[2 + i] ?? 1,
    kernel,
    stride: strides?.[i] ?? 1,
    dilation: dilations?.[i] ?? 1,
    begin: pads?.[i] ?? 0,
    end: pads?.[kernels.length + i] ?? 0,
  }));
}

/** Where element `tap` of the window of output element `x` lies; beyond the ends is padding. */
function position({ stride, dilation, begin }: AxisWindow, x: number, tap: number): number {
  return x * stride + tap * dilation - begin;
}

function isInside({ input }: AxisWindow, index: number): boolean {
  return index >= 0 && index < input;
}

/** Windows are boxes, so that the count of their elements is a product of counts along the axes. */
function mean(
  composer: Composer,
  term: Term,
  { node, window }: { readonly node: Node; readonly window: AxisWindow },
): Term {
  const { axis, input: inputs, output: outputs, kernel, end } = window;
  const countsPadding = intAttribute(node, "count_include_pad", 0) !== 0;
  const matrix = createAxisMatrix(node, { inputs, outputs });
  for (let x = 0; x < outputs; x++) {
    const all = Array.from({ length: kernel }, (_, tap) => position(window, x, tap));
    const inside = all.filter((index) => isInside(window, index));
    const counted = countsPadding ? all.filter((index) => index < inputs + end) : inside;
    for (const index of inside) matrix.data[x * inputs + index] = 1 / counted.length;
  }
  return multiplyAlong(composer, term, { axis, matrix });
}

/** The maximum of one copy for each element of the window; in place of padding stands a neighbour. */
function maximum(
  composer: Composer,
  term: Term,
  { node, window }: { readonly node: Node; readonly window: AxisWindow },
): Term {
  const { axis, input, output, kernel } = window;
  const nearest = Array.from({ length: output }, (_, x) => {
    for (let tap = 0; tap < kernel; tap++) {
      const index = position(window, x, tap);
      if (isInside(window, index)) return index;
    }
    throw unsupported(
      node,
      `a window along axis ${axis} holds nothing but padding`,
      "less padding",
    );
  });
  const copies = Array.from({ length: kernel }, (_, tap) => {
    const indices = nearest.map((other, x) => {
      const index = position(window, x, tap);
      return isInside(window, index) ? index : other;
    });
    const isWhole = input === output && indices.every((index, i) => index === i);
    return isWhole ? term : composer.gather(term, { axis, indices });
  });
  return copies.reduce((one, other) => composer.apply("Max", [one, other]));
}
