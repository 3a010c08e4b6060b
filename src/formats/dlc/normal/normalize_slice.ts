import type { Node } from "../../../graph/mod.ts";
import { frontAxis } from "./front_axis.ts";
import { attribute } from "./normal_graph.ts";
import { ends, type Normalizer, unsupported } from "./normalizer.ts";

/** The indices of a Gather are held; images and sequences have far fewer. */
const MAX_INDICES = 4_194_304;

/** Forward steps stay a Slice over all axes; each axis that runs backward becomes a Gather. */
export function normalizeSlice(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  const shape = normalizer.shape(input);
  const given = {
    starts: normalizer.numbers(node, 1) ?? [],
    ends: normalizer.numbers(node, 2) ?? [],
    steps: normalizer.numbers(node, 4),
  };
  const axes = normalizer.numbers(node, 3) ?? given.starts.map((_, i) => i);
  const starts = shape.map(() => 0);
  const stops = [...shape];
  const steps = shape.map(() => 1);
  const backward = new Map<number, readonly number[]>();
  axes.forEach((axis, i) => {
    const front = frontAxis(axis, shape.length);
    const size = shape[front] ?? 0;
    const step = given.steps?.[i] ?? 1;
    const start = fromEnd(given.starts[i] ?? 0, size);
    const end = fromEnd(given.ends[i] ?? 0, size);
    if (step < 0) {
      const indices = countDown({ start, end, step, size });
      if (indices === undefined) {
        throw unsupported(
          node,
          `it runs backward along ${size} elements`,
          `${MAX_INDICES} at most`,
        );
      }
      backward.set(front, indices);
    } else {
      starts[front] = Math.min(Math.max(start, 0), size);
      stops[front] = Math.min(Math.max(end, 0), size);
      steps[front] = step;
    }
  });
  let source = input;
  const slices = starts.some((start, i) => start !== 0 || stops[i] !== shape[i] || steps[i] !== 1);
  if (slices || backward.size === 0) {
    const kept = starts.map((start, i) => {
      return Math.ceil(((stops[i] ?? 0) - start) / (steps[i] ?? 1));
    });
    const target = backward.size === 0
      ? output
      : normalizer.intermediate(`${output}.forward`, output, kept);
    normalizer.emit(node, {
      operator: "Slice",
      inputs: [source],
      outputs: [target],
      attributes: {
        starts: attribute.ints(starts),
        ends: attribute.ints(stops),
        steps: attribute.ints(steps),
      },
    });
    source = target;
  }
  [...backward].forEach(([axis, indices], i) => {
    const last = i === backward.size - 1;
    const suffix = `.axis${axis}`;
    const kept = normalizer.shape(source).map((size, j) => j === axis ? indices.length : size);
    const target = last ? output : normalizer.intermediate(`${output}${suffix}`, output, kept);
    const table = normalizer.constant(`${node.name}${suffix}`, {
      dtype: "int32",
      shape: [indices.length],
      data: Int32Array.from(indices),
    });
    normalizer.emit(node, {
      operator: "Gather",
      inputs: [source, table],
      outputs: [target],
      attributes: { axis: attribute.int(axis) },
    }, suffix);
    source = target;
  });
}

function fromEnd(position: number, size: number): number {
  return position < 0 ? position + size : position;
}

function countDown(
  { start, end, step, size }: { start: number; end: number; step: number; size: number },
): readonly number[] | undefined {
  const indices: number[] = [];
  const stop = Math.max(end, -1);
  const first = Math.min(start, size - 1);
  if ((first - stop) / -step > MAX_INDICES) return undefined;
  for (let i = first; i > stop; i += step) indices.push(i);
  return indices;
}
