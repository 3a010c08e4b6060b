import { countElements, type DataType } from "../data_type.ts";
import type { TensorData } from "../dense_tensor.ts";
import { bytesOfTensorData, heldBytesPerElement } from "../tensor_data.ts";
import type { TensorReference } from "../tensor_reference.ts";
import { allocateElements, type ElementBuffer } from "./element_buffer.ts";
import type { ElementReader, ReaderLimits, Span } from "./element_reader.ts";

/** A joined tensor and the elements it adds to each row of the result. */
interface Part {
  readonly reference: TensorReference;
  /** Elements in a row, and where they begin in it. */
  readonly run: number;
  readonly first: number;
  reader?: ElementReader;
}

/** Reads tensors joined along an axis. */
export class ConcatReader implements ElementReader {
  readonly dtype: DataType;
  readonly writable = true;
  #limits: ReaderLimits;
  #open: (part: TensorReference) => ElementReader;
  #parts: Part[] = [];
  #row = 0;
  #buffer: ElementBuffer | undefined;

  constructor(
    { parts, axis, dtype }: {
      readonly parts: readonly TensorReference[];
      readonly axis: number;
      readonly dtype: DataType;
    },
    open: (part: TensorReference) => ElementReader,
    limits: ReaderLimits,
  ) {
    this.dtype = dtype;
    this.#open = open;
    this.#limits = limits;
    for (const reference of parts) {
      const run = countElements(reference.shape.slice(axis));
      this.#parts.push({ reference, run, first: this.#row });
      this.#row += run;
    }
  }

  async read(span: Span, next?: Span): Promise<TensorData> {
    const end = span.start + span.count;
    this.#buffer ??= allocateElements(this.dtype, this.#limits.chunkElements);
    const output = this.#buffer.elements(span.count);
    const target = bytesOfTensorData(output);
    const width = heldBytesPerElement(this.dtype);
    for (const part of this.#parts) {
      // Row-major order keeps a part's elements in order, so they are one run of it.
      const start = this.#countBefore(part, span.start);
      const count = this.#countBefore(part, end) - start;
      if (count === 0) continue;
      const following = next === undefined ? undefined : this.#spanOf(part, next);
      part.reader ??= this.#open(part.reference);
      const data = bytesOfTensorData(await part.reader.read({ start, count }, following));
      for (let element = start; element < start + count;) {
        const row = Math.floor(element / part.run);
        const length = Math.min((row + 1) * part.run, start + count) - element;
        const place = row * this.#row + part.first + element % part.run - span.start;
        const from = (element - start) * width;
        target.set(data.subarray(from, from + length * width), place * width);
        element += length;
      }
      // Of many parts only those in use hold buffers.
      if (start + count === countElements(part.reference.shape)) await this.#close(part);
    }
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#buffer?.[Symbol.dispose]();
    for (const part of this.#parts) await this.#close(part);
  }

  async #close(part: Part): Promise<void> {
    await part.reader?.[Symbol.asyncDispose]();
    delete part.reader;
  }

  #spanOf(part: Part, span: Span): Span | undefined {
    const start = this.#countBefore(part, span.start);
    const count = this.#countBefore(part, span.start + span.count) - start;
    return count === 0 ? undefined : { start, count };
  }

  /** How many elements of a part come before a place in the result. */
  #countBefore(part: Part, place: number): number {
    const row = Math.floor(place / this.#row);
    const inRow = Math.min(Math.max(place % this.#row - part.first, 0), part.run);
    return row * part.run + inRow;
  }
}
