import type { Encoding, TensorEncoding } from "../tensor/mod.ts";
import type { QuantizedTensor } from "./quantized_tensor.ts";

/**
 * Rounds the numbers of an encoding to float32, what every container keeps of them.
 *
 * @param encoding An encoding as computed in double precision.
 */
export function roundEncoding(encoding: Encoding): Encoding {
  const { min, max, scale } = encoding;
  return {
    ...encoding,
    min: Math.fround(min),
    max: Math.fround(max),
    scale: Math.fround(scale),
  };
}

/**
 * Rounds the encodings of tensors, so that a network in memory and the one read back from its file
 * have the same codes. Tensors that share an encoding go on sharing it.
 *
 * @param tensors Tensors with their encodings as computed in double precision.
 */
export function roundEncodings(
  tensors: ReadonlyMap<string, QuantizedTensor>,
): ReadonlyMap<string, QuantizedTensor> {
  const rounded = new Map<TensorEncoding, TensorEncoding>();
  return new Map(Array.from(tensors, ([name, tensor]) => {
    const { encoding } = tensor;
    const known = rounded.get(encoding) ??
      { ...encoding, encodings: encoding.encodings.map(roundEncoding) };
    rounded.set(encoding, known);
    return [name, { ...tensor, encoding: known }];
  }));
}
