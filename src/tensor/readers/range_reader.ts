import type { ByteSource } from "../../io/mod.ts";
import { allocate, type KernelBuffer } from "../../kernels/mod.ts";
import { bitsPerElement, byteLengthOf, type DataType } from "../data_type.ts";
import type { TensorData } from "../dense_tensor.ts";
import { unpackInt4 } from "../int4.ts";
import { viewTensorData } from "../tensor_data.ts";
import type { ElementReader, ReaderLimits, Span } from "./element_reader.ts";

/** Bytes on their way from the source. */
interface Fetch {
  readonly span: Span;
  readonly slot: 0 | 1;
  readonly bytes: Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Reads stored elements straight into kernel memory. Two buffers take turns: while one is worked
 * on, the other is filled with what comes next.
 */
export class RangeReader implements ElementReader {
  readonly dtype: DataType;
  readonly writable = true;
  #source: ByteSource;
  #offset: number;
  #limits: ReaderLimits;
  #slots: [KernelBuffer | undefined, KernelBuffer | undefined] = [undefined, undefined];
  #unpacked: KernelBuffer | undefined;
  #inUse: 0 | 1 = 0;
  #ahead: Fetch | undefined;

  constructor(
    dtype: DataType,
    storage: { readonly source: ByteSource; readonly offset: number },
    limits: ReaderLimits,
  ) {
    this.dtype = dtype;
    this.#source = storage.source;
    this.#offset = storage.offset;
    this.#limits = limits;
  }

  async read(span: Span, next?: Span): Promise<TensorData> {
    const fetch = await this.#take(span);
    const bytes = await fetch.bytes;
    this.#inUse = fetch.slot;
    if (next !== undefined) {
      this.#ahead = this.#fetch(next);
      this.#ahead.bytes.catch(() => {}); // Shows when it is read.
    }
    if (this.dtype !== "int4" && this.dtype !== "uint4") {
      return viewTensorData(this.dtype, bytes, span.count);
    }
    this.#unpacked ??= allocate(this.#limits.chunkElements);
    const target = this.dtype === "int4" ? this.#unpacked.int8() : this.#unpacked.bytes();
    return unpackInt4(bytes, target.subarray(0, span.count), span.start % 2 === 0 ? 0 : 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ahead?.bytes.catch(() => {});
    this.#ahead = undefined;
    for (const buffer of [...this.#slots, this.#unpacked]) buffer?.[Symbol.dispose]();
  }

  /** What was fetched ahead, if it is what is wanted now. */
  async #take(span: Span): Promise<Fetch> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead?.span.start === span.start && ahead.span.count === span.count) return ahead;
    await ahead?.bytes.catch(() => {}); // Its buffer must be at rest before it is used again.
    return this.#fetch(span);
  }

  #fetch(span: Span): Fetch {
    const slot = this.#inUse === 0 ? 1 : 0;
    return { span, slot, bytes: this.#fill(slot, span) };
  }

  async #fill(slot: 0 | 1, { start, count }: Span): Promise<Uint8Array<ArrayBuffer>> {
    // One byte more: an odd run of 4-bit integers can begin and end within a byte.
    const capacity = byteLengthOf(this.dtype, this.#limits.chunkElements) + 1;
    const buffer = this.#slots[slot] ??= allocate(capacity);
    const bits = bitsPerElement(this.dtype);
    const first = Math.floor(start * bits / 8);
    const end = byteLengthOf(this.dtype, start + count);
    const bytes = buffer.bytes().subarray(0, end - first);
    const { signal } = this.#limits;
    await this.#source.read(bytes, this.#offset + first, signal === undefined ? {} : { signal });
    return bytes;
  }
}
