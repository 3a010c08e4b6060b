import { FormatError } from "../../../errors.ts";
import { type ByteSource, openSource } from "../../../io/mod.ts";
import {
  byteLengthOf,
  countElements,
  type DataType,
  readDense,
  referenceDense,
  referenceRange,
  referenceVarints,
  type TensorReference,
} from "../../../tensor/mod.ts";
import { ExternalFiles } from "./external_files.ts";
import { MAX_HELD_FLOAT_BYTES, MAX_HELD_INTEGER_BYTES } from "./limits.ts";
import { dataTypeOf } from "../onnx_data_type.ts";
import type { TensorDataField, TensorPayload, TensorProto } from "./read_tensor_proto.ts";

/** The typed field for each element type; all types may use `raw_data` instead. */
const TYPED_FIELD: Readonly<Record<DataType, TensorDataField>> = {
  float32: "float_data",
  float64: "double_data",
  float16: "int32_data",
  bfloat16: "int32_data",
  int4: "int32_data",
  uint4: "int32_data",
  int8: "int32_data",
  uint8: "int32_data",
  int16: "int32_data",
  uint16: "int32_data",
  int32: "int32_data",
  uint32: "uint64_data",
  int64: "int64_data",
  uint64: "uint64_data",
  bool: "int32_data",
};

const VARINT_FIELDS: ReadonlySet<TensorDataField> = new Set([
  "int32_data",
  "int64_data",
  "uint64_data",
]);

/** Element types that are real numbers. */
export const FLOAT_TYPES: ReadonlySet<DataType> = new Set([
  "float32",
  "float64",
  "float16",
  "bfloat16",
]);

/** Turns `TensorProto` messages into references to the bytes behind them. */
export class TensorReader implements AsyncDisposable {
  readonly #source: ByteSource;
  readonly #signal: AbortSignal | undefined;
  readonly #external: ExternalFiles;

  /** Opens no other file yet. */
  constructor(source: ByteSource, signal?: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
    this.#external = new ExternalFiles(source);
  }

  /**
   * Describes a tensor; a small one is read into memory.
   *
   * @param proto What the file says.
   * @param name What the model calls it.
   * @throws {FormatError} If type, shape and data contradict each other.
   * @throws {UnsupportedError} If the element type is not supported.
   */
  async reference(proto: TensorProto, name: string): Promise<TensorReference> {
    const dtype = dataTypeOf(proto.elementType, `tensor "${name}" of "${this.#source.name}"`);
    const { shape } = proto;
    const elements = countElements(shape);
    const tensor = { name, dtype, shape };
    if (elements === 0) {
      const source = await openSource(new Uint8Array(), { name: this.#source.name });
      return await this.#held(referenceRange({ ...tensor, source, offset: 0 }));
    }
    const reference = proto.external === undefined
      ? await this.#internal(tensor, proto.payload)
      : referenceRange({ ...tensor, ...await this.#external.locate(name, proto.external) });
    return isSmall(dtype, elements) ? await this.#held(reference) : reference;
  }

  /** Closes the files that hold external data. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#external[Symbol.asyncDispose]();
  }

  async #internal(
    tensor: { readonly name: string; readonly dtype: DataType; readonly shape: readonly number[] },
    payload: TensorPayload | undefined,
  ): Promise<TensorReference> {
    const typed = TYPED_FIELD[tensor.dtype];
    if (payload === undefined || payload.field !== "raw_data" && payload.field !== typed) {
      const found = payload === undefined ? "no data" : `"${payload.field}"`;
      throw this.#error(
        tensor.name,
        `found ${found}, expected "raw_data" or "${typed}" for ${tensor.dtype} ` +
          `[${tensor.shape.join(", ")}]`,
      );
    }
    const { field, offset, byteLength, bytes } = payload;
    const range = bytes === undefined ? { ...tensor, source: this.#source, offset, byteLength } : {
      ...tensor,
      source: await openSource(bytes, { name: this.#source.name }),
      offset: 0,
      byteLength,
    };
    return VARINT_FIELDS.has(field) ? referenceVarints(range) : referenceRange(range);
  }

  async #held(reference: TensorReference): Promise<TensorReference> {
    const options = this.#signal === undefined ? {} : { signal: this.#signal };
    return referenceDense(reference.name, await readDense(reference, options));
  }

  #error(name: string, problem: string): FormatError {
    return new FormatError(`Cannot read tensor "${name}" of "${this.#source.name}": ${problem}`, {
      file: this.#source.name,
    });
  }
}

function isSmall(dtype: DataType, elements: number): boolean {
  const limit = FLOAT_TYPES.has(dtype) ? MAX_HELD_FLOAT_BYTES : MAX_HELD_INTEGER_BYTES;
  return byteLengthOf(dtype, elements) <= limit;
}
