import { constantNumbers, type Model, type Node } from "../../../graph/mod.ts";
import { fakeQuantize } from "../../../kernels/mod.ts";
import type { TensorEncoding } from "../../../tensor/mod.ts";

/**
 * The ends of an output's grid, where they lie outside the limits of a Clip, but no code does. Clipping
 * at the ends then gives the same codes, bit for bit. ONNX Runtime 1.30 needs it: behind a convolution
 * with a bias, it makes an invalid graph of a Clip that only rounding makes superfluous.
 *
 * @param model The model.
 * @param node A node.
 * @param encoding The encoding of its output.
 * @returns The ends as float32; `undefined` for other nodes, and where the limits can stay.
 */
export function limitsOnGrid(
  model: Pick<Model, "initializers">,
  { operator, inputs }: Node,
  { encodings: [encoding, second] }: TensorEncoding,
): readonly [number, number] | undefined {
  if (operator !== "Clip" || encoding === undefined || second !== undefined) return undefined;
  const [, low = "", high = ""] = inputs;
  const min = low === "" ? -Infinity : constantNumbers(model, low)?.[0];
  const max = high === "" ? Infinity : constantNumbers(model, high)?.[0];
  if (min === undefined || max === undefined) return undefined;
  const { scale, offset, bitwidth } = encoding;
  const found = Float32Array.of(min, max, -Infinity, Infinity);
  fakeQuantize(found, { scale, offset, levels: 2 ** bitwidth });
  const [atMin, atMax, first = 0, last = 0] = found;
  if (atMin !== first || atMax !== last) return undefined;
  return first < min || last > max ? [first, last] : undefined;
}
