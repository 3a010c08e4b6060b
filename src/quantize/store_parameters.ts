import {
  type DataType,
  type TensorEncoding,
  type TensorReference,
  viewTensor,
} from "../tensor/mod.ts";
import type { QuantizedTensor } from "./quantized_tensor.ts";

/** How codes of each bit width are stored. */
const STORAGE: ReadonlyMap<number, { readonly signed: DataType; readonly unsigned: DataType }> =
  new Map([
    [4, { signed: "int4", unsigned: "uint4" }],
    [8, { signed: "int8", unsigned: "uint8" }],
    [16, { signed: "int16", unsigned: "uint16" }],
    [32, { signed: "int32", unsigned: "uint32" }],
  ]);

/**
 * Puts views on the parameters of a network, so that readers see what quantization leaves of them and
 * writers can take the codes.
 *
 * @param initializers The float parameters and other constants.
 * @param parameters Parameters with their encodings.
 * @param floats Bits of tensors that stay float; 16 rounds to half precision.
 */
export function storeParameters(
  initializers: ReadonlyMap<string, TensorReference>,
  parameters: ReadonlyMap<string, QuantizedTensor>,
  floats: ReadonlyMap<string, 16 | 32>,
): ReadonlyMap<string, TensorReference> {
  const stored = new Map(initializers);
  for (const [name, { encoding, float }] of parameters) {
    if (float !== undefined) stored.set(name, quantizedView(float, encoding));
  }
  for (const [name, bitwidth] of floats) {
    const float = initializers.get(name);
    if (float !== undefined && bitwidth === 16) stored.set(name, halfView(float));
  }
  return stored;
}

/** Encodes and decodes: what is read is float32 on the grid, what can be stored is the codes. */
function quantizedView(float: TensorReference, encoding: TensorEncoding): TensorReference {
  const bitwidth = encoding.encodings[0]?.bitwidth ?? 0;
  const types = STORAGE.get(bitwidth);
  if (types === undefined) {
    throw new RangeError(`Cannot store tensor "${float.name}" with ${bitwidth} bits`);
  }
  const signed = encoding.encodings.every(({ symmetric, offset }) =>
    symmetric && offset === -(2 ** (bitwidth - 1))
  );
  const dtype = types[signed ? "signed" : "unsigned"];
  return viewTensor(viewTensor(float, { kind: "quantize", encoding, dtype }), {
    kind: "dequantize",
    encoding,
  });
}

/** Rounds to half precision: what is read is float32, what can be stored is float16. */
function halfView(float: TensorReference): TensorReference {
  return viewTensor(viewTensor(float, { kind: "cast", dtype: "float16" }), {
    kind: "cast",
    dtype: "float32",
  });
}
