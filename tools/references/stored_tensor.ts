import type { DataType, DenseTensor, TensorData } from "../../mod.ts";

/** A tensor as `tools/make_tensorflow_references.py` writes it. */
export interface StoredTensor {
  /** Its element type: float32, int32 or int64. */
  readonly dtype: DataType;
  /** Its dims. */
  readonly shape: readonly number[];
  /** Its elements, little-endian, in Base64. */
  readonly data: string;
}

/** The elements of a stored tensor. */
export function tensorOf({ dtype, shape, data }: StoredTensor): DenseTensor {
  const { buffer } = decodeBase64(data);
  const arrays: Partial<Record<DataType, () => TensorData>> = {
    float32: () => new Float32Array(buffer),
    int32: () => new Int32Array(buffer),
    int64: () => new BigInt64Array(buffer),
  };
  const make = arrays[dtype];
  if (make === undefined) throw new RangeError(`No reference has tensors of ${dtype}`);
  return { dtype, shape, data: make() };
}

/** The bytes that a text in Base64 stands for. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** A float32 tensor as the scripts for Caffe and Caffe2 write it. */
export interface PlainTensor {
  /** Its dims. */
  readonly shape: readonly number[];
  /** Its elements. */
  readonly values: readonly number[];
}

/** Plain tensors by name as dense ones. */
export function denseTensors(
  tensors: Readonly<Record<string, PlainTensor>>,
): Readonly<Record<string, DenseTensor>> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, values }]): [string, DenseTensor] => [
      name,
      { dtype: "float32", shape, data: Float32Array.from(values) },
    ]),
  );
}
