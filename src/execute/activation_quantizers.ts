import { UnsupportedError } from "../errors.ts";
import type { Model } from "../graph/mod.ts";
import { fakeQuantize } from "../kernels/mod.ts";
import { countLevels, type DenseTensor } from "../tensor/mod.ts";

/** Puts tensors on the grid of their encoding, in place; by value name. */
export type ActivationQuantizers = ReadonlyMap<string, (tensor: DenseTensor) => void>;

/**
 * Makes a quantizer for each float32 value that has an encoding.
 *
 * @throws {UnsupportedError} If an activation's encoding is not per tensor.
 */
export function activationQuantizers(model: Model): ActivationQuantizers {
  const quantizers = new Map<string, (tensor: DenseTensor) => void>();
  for (const [value, { axis, encodings }] of model.encodings.activations) {
    if (model.values.get(value)?.dtype !== "float32") continue;
    const [encoding] = encodings;
    if (encoding === undefined || encodings.length > 1 || axis !== undefined) {
      throw new UnsupportedError(
        `Cannot quantize value "${value}": found ${encodings.length} encodings along an axis, ` +
          "activations have one per tensor",
      );
    }
    const options = {
      scale: encoding.scale,
      offset: encoding.offset,
      levels: countLevels(encoding),
    };
    quantizers.set(value, ({ data }) => {
      if (data instanceof Float32Array) fakeQuantize(data, options);
    });
  }
  return quantizers;
}
