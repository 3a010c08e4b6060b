import { FormatError } from "../errors.ts";
import { minMaxPerChannel } from "../kernels/mod.ts";
import {
  countElements,
  readChunks,
  type ReadChunksOptions,
  type TensorReference,
  viewTensor,
} from "../tensor/mod.ts";
import type { SideLayout } from "./scale_channels.ts";

/**
 * The largest magnitude of each channel of one side of a weight, by streaming it once.
 *
 * @param weight The weight, float32.
 * @param layout The side.
 * @param options Chunk size, limits, abort signal.
 * @throws {FormatError} If an element is NaN or infinite.
 */
export async function weightMagnitudes(
  weight: TensorReference,
  layout: SideLayout,
  options: ReadChunksOptions = {},
): Promise<Float64Array> {
  const { axis, groups } = layout;
  if (axis === 0 || groups === 1) return await magnitudesAlong(weight, axis, options);
  const [first = 0, second = 0] = weight.shape;
  const rows = first / groups;
  const magnitudes = new Float64Array(groups * second);
  if (second === 1) {
    const all = await magnitudesAlong(weight, 0, options);
    all.forEach((value, row) => {
      const group = Math.floor(row / rows);
      magnitudes[group] = Math.max(magnitudes[group] ?? 0, value);
    });
    return magnitudes;
  }
  for (let group = 0; group < groups; group++) {
    const part = viewTensor(weight, {
      kind: "slice",
      axis: 0,
      start: group * rows,
      end: (group + 1) * rows,
    });
    magnitudes.set(await magnitudesAlong(part, 1, options), group * second);
  }
  return magnitudes;
}

async function magnitudesAlong(
  weight: TensorReference,
  axis: 0 | 1,
  options: ReadChunksOptions,
): Promise<Float64Array> {
  const channels = weight.shape[axis] ?? 0;
  const inner = countElements(weight.shape.slice(axis + 1));
  const min = new Float64Array(channels).fill(Infinity);
  const max = new Float64Array(channels).fill(-Infinity);
  for await (const { offset, data } of readChunks(weight, options)) {
    if (!(data instanceof Float32Array)) {
      throw new TypeError(`Cannot equalize tensor "${weight.name}": its chunks are not float32`);
    }
    if (minMaxPerChannel(data, { offset, inner, channels }, { min, max })) continue;
    const index = data.findIndex((value) => !Number.isFinite(value));
    throw new FormatError(
      `Cannot equalize tensor "${weight.name}": element ${offset + index} is ${
        data[index]
      }, expected finite numbers`,
      { expected: "finite numbers", found: String(data[index]) },
    );
  }
  return min.map((low, channel) => Math.max(-low, max[channel] ?? 0, 0));
}
