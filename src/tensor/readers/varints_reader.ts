import { FormatError } from "../../errors.ts";
import { type ByteSource, PackedVarints } from "../../io/mod.ts";
import { allocate, type KernelBuffer } from "../../kernels/mod.ts";
import type { DataType } from "../data_type.ts";
import type { TensorData } from "../dense_tensor.ts";
import { allocateElements, type ElementBuffer } from "./element_buffer.ts";
import type { ElementReader, ReaderLimits, Span } from "./element_reader.ts";

/** The values that a varint of each type may have; floats are bit patterns. */
const RANGES: Readonly<Partial<Record<DataType, readonly [min: number, max: number]>>> = {
  int4: [0, 255],
  uint4: [0, 255],
  int8: [-128, 127],
  uint8: [0, 255],
  bool: [0, 1],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  float16: [0, 65535],
  bfloat16: [0, 65535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
};

/** Where packed varints lie, and how many elements they are. */
export interface StoredVarints {
  /** The file. */
  readonly source: ByteSource;
  /** The first byte. */
  readonly offset: number;
  /** How many bytes. */
  readonly byteLength: number;
  /** How many elements. */
  readonly elements: number;
}

/**
 * Decodes packed varints, one an element, or for 4-bit types one for each packed byte. They have no
 * fixed length, so going back means starting over.
 */
export class VarintsReader implements ElementReader {
  readonly dtype: DataType;
  readonly writable = true;
  #stored: StoredVarints;
  #limits: ReaderLimits;
  #perVarint: 1 | 2;
  #wide: KernelBuffer;
  #narrow: ElementBuffer;
  #varints: PackedVarints | undefined;
  #decoded = 0;

  constructor(dtype: DataType, stored: StoredVarints, limits: ReaderLimits) {
    this.dtype = dtype;
    this.#stored = stored;
    this.#limits = limits;
    this.#perVarint = dtype === "int4" || dtype === "uint4" ? 2 : 1;
    this.#wide = allocate((limits.chunkElements + 1) * 8);
    this.#narrow = allocateElements(dtype, limits.chunkElements + 2);
  }

  async read({ start, count }: Span): Promise<TensorData> {
    const first = Math.floor(start / this.#perVarint);
    const end = Math.ceil((start + count) / this.#perVarint);
    await this.#skipTo(first);
    const wide = await this.#decode(end - first);
    if (end === Math.ceil(this.#stored.elements / this.#perVarint)) this.#checkEnd();
    if (this.dtype === "int64") return wide;
    if (this.dtype === "uint64") return new BigUint64Array(wide.buffer, wide.byteOffset, count);
    const narrow = this.#narrow.elements(wide.length * this.#perVarint);
    const range = RANGES[this.dtype] ?? [0, 0];
    for (let index = 0; index < wide.length; index++) {
      const value = Number(wide[index]);
      if (value < range[0] || value > range[1]) throw this.#valueError(value, first + index);
      if (this.#perVarint === 1) {
        narrow[index] = value;
      } else { // The element type's array wraps; the sign comes by shifting.
        const signed = this.dtype === "int4";
        narrow[2 * index] = signed ? value << 28 >> 28 : value & 15;
        narrow[2 * index + 1] = signed ? value << 24 >> 28 : value >> 4;
      }
    }
    const skip = start - first * this.#perVarint;
    return narrow.subarray(skip, skip + count);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#wide[Symbol.dispose]();
    this.#narrow[Symbol.dispose]();
    return Promise.resolve();
  }

  async #skipTo(varint: number): Promise<void> {
    if (this.#varints === undefined || this.#decoded > varint) {
      const { signal } = this.#limits;
      const options = signal === undefined ? {} : { signal };
      this.#varints = new PackedVarints(this.#stored.source, this.#stored, options);
      this.#decoded = 0;
    }
    while (this.#decoded < varint) {
      await this.#decode(Math.min(this.#limits.chunkElements, varint - this.#decoded));
    }
  }

  async #decode(varints: number): Promise<BigInt64Array<ArrayBuffer>> {
    const wide = this.#wide.int64().subarray(0, varints);
    await this.#varints?.read(wide);
    this.#decoded += varints;
    return wide;
  }

  #checkEnd(): void {
    const left = this.#varints?.remaining ?? 0;
    if (left === 0) return;
    const { source, offset, byteLength, elements } = this.#stored;
    throw new FormatError(
      `Cannot read packed varints of "${source.name}": ${left} bytes follow the ${elements} elements expected`,
      { file: source.name, offset: offset + byteLength - left, expected: `${elements} elements` },
    );
  }

  #valueError(value: number, index: number): FormatError {
    const { source, offset } = this.#stored;
    return new FormatError(
      `Cannot read packed varints of "${source.name}": varint ${index} from byte ${offset} on is ${value}, which is no ${this.dtype}`,
      { file: source.name, offset, expected: this.dtype, found: String(value) },
    );
  }
}
