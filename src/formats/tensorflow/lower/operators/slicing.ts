import { badNode, unsupportedNode } from "../../unsupported_node.ts";
import type { NodeLowering } from "../node_lowering.ts";
import type { OperatorTable } from "../operator_rule.ts";

/** What is kept of one axis. */
interface AxisSlice {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

async function slice(node: NodeLowering): Promise<string> {
  const begins = await node.numbers(1, "where it begins");
  const sizes = await node.numbers(2, "its size");
  const shape = node.shape(0);
  const slices = shape.map((length, axis): AxisSlice => {
    const start = begins[axis] ?? 0;
    const size = sizes[axis] ?? -1;
    return { axis, start, end: size === -1 ? length : start + size, step: 1 };
  });
  const outside = slices.find(({ axis, start, end }) =>
    start < 0 || end > (shape[axis] ?? 0) || end < start
  );
  if (outside !== undefined || begins.length !== shape.length || sizes.length !== shape.length) {
    throw badNode(node, `it takes [${sizes}] from [${begins}] on of a tensor of shape [${shape}]`);
  }
  return await cut(node, { slices, finish: true });
}

/** Slices; with `finish` under the name of the result. */
async function cut(
  node: NodeLowering,
  { slices, finish }: { readonly slices: readonly AxisSlice[]; readonly finish: boolean },
): Promise<string> {
  const shape = node.shape(0);
  const changed = slices.filter(({ axis, start, end, step }) =>
    start !== 0 || end !== shape[axis] || step !== 1
  );
  if (changed.length === 0) {
    return finish ? await node.finish("Identity", [node.input(0)]) : node.input(0);
  }
  const inputs = [
    node.input(0),
    node.addIntegers("starts", changed.map(({ start }) => start)),
    node.addIntegers("ends", changed.map(({ end }) => end)),
    node.addIntegers("axes", changed.map(({ axis }) => axis)),
    node.addIntegers("steps", changed.map(({ step }) => step)),
  ];
  return finish ? await node.finish("Slice", inputs) : await node.emit("Slice", inputs);
}

/**
 * Python's slicing: each entry of begin, end and strides is a slice, one index (`shrink_axis_mask`),
 * a new axis (`new_axis_mask`), or stands for all axes not named (`ellipsis_mask`).
 */
async function stridedSlice(node: NodeLowering): Promise<string> {
  const begins = await node.numbers(1, "where it begins");
  const ends = await node.numbers(2, "where it ends");
  const strides = await node.numbers(3, "its strides");
  if (begins.length !== ends.length || begins.length !== strides.length) {
    throw badNode(
      node,
      `it has ${begins.length} begins, ${ends.length} ends and ${strides.length} strides`,
    );
  }
  const has = (mask: string, index: number): boolean => (node.int(mask, 0) >>> index & 1) === 1;
  const shape = node.shape(0);
  const entries = begins.map((_, index) => index);
  const ellipsis = entries.find((index) => has("ellipsis_mask", index));
  const isNewAxis = (index: number) => index !== ellipsis && has("new_axis_mask", index);
  const named = entries.filter((index) => index !== ellipsis && !isNewAxis(index)).length;
  if (named > shape.length) {
    throw badNode(node, `it slices ${named} axes of a tensor of shape [${shape}]`);
  }
  const slices: AxisSlice[] = [];
  const result: number[] = [];
  const keepWhole = (count: number) => {
    for (let left = count; left > 0; left--) {
      const axis = slices.length;
      const end = shape[axis] ?? 0;
      slices.push({ axis, start: 0, end, step: 1 });
      result.push(end);
    }
  };
  for (const index of entries) {
    if (index === ellipsis) keepWhole(shape.length - named);
    else if (isNewAxis(index)) result.push(1);
    else {
      const axis = slices.length;
      const length = shape[axis] ?? 0;
      const [begin = 0, end = 0, step = 1] = [begins[index], ends[index], strides[index]];
      if (has("shrink_axis_mask", index)) {
        const start = begin < 0 ? begin + length : begin;
        if (start < 0 || start >= length) {
          throw badNode(node, `it takes element ${begin} of axis ${axis}, which has ${length}`);
        }
        slices.push({ axis, start, end: start + 1, step: 1 });
        continue;
      }
      const taken = boundSlice(length, {
        step,
        begin: has("begin_mask", index) ? undefined : begin,
        end: has("end_mask", index) ? undefined : end,
      });
      if (taken === undefined) throw badNode(node, `its stride of axis ${axis} is 0`);
      slices.push({ axis, step, start: taken.start, end: taken.end });
      result.push(taken.count);
    }
  }
  keepWhole(shape.length - slices.length);
  if (result.some((size) => size < 0)) throw unsupportedNode(node, "its result is empty");
  const plain = result.length === shape.length &&
    slices.every(({ start, end, step }, axis) =>
      Math.max(0, Math.ceil((end - start) / step)) === result[axis]
    );
  const kept = await cut(node, { slices, finish: plain });
  return plain ? kept : await node.finishReshape(kept, result);
}

/** A slice with its bounds inside the axis; an end of -1 - length stands before the first element. */
function boundSlice(
  length: number,
  { begin, end, step }: {
    readonly begin: number | undefined;
    readonly end: number | undefined;
    readonly step: number;
  },
): { readonly start: number; readonly end: number; readonly count: number } | undefined {
  if (step === 0) return undefined;
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (value: number) =>
    Math.min(Math.max(value < 0 ? value + length : value, low), high);
  const start = begin === undefined ? (step > 0 ? low : high) : clamp(begin);
  const stop = end === undefined ? (step > 0 ? high : low) : clamp(end);
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return { start, end: stop < 0 ? -1 - length : stop, count };
}

/** Operators that take a part. */
export const SLICING: OperatorTable = {
  Slice: slice,
  StridedSlice: stridedSlice,
};
