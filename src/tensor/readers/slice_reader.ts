import { countElements, type DataType } from "../data_type.ts";
import type { TensorData } from "../dense_tensor.ts";
import { bytesOfTensorData, heldBytesPerElement } from "../tensor_data.ts";
import type { View } from "../tensor_reference.ts";
import { allocateElements, type ElementBuffer } from "./element_buffer.ts";
import type { ElementReader, ReaderLimits, Span } from "./element_reader.ts";

/** Reading this much for nothing is about as cheap as another read. */
const MAX_GAP_BYTES = 64 * 1024;

/**
 * Reads the part of another reader's tensor that a slice keeps. What is kept lies there in runs of
 * one length at equal distances; runs that are near each other are read together.
 */
export class SliceReader implements ElementReader {
  readonly dtype: DataType;
  readonly writable: boolean;
  #below: ElementReader;
  #limits: ReaderLimits;
  #buffer: ElementBuffer | undefined;
  #run: number;
  #distance: number;
  #first: number;

  constructor(
    below: ElementReader,
    { view, shape }: {
      readonly view: Extract<View, { kind: "slice" }>;
      readonly shape: readonly number[];
    },
    limits: ReaderLimits,
  ) {
    const inner = countElements(shape.slice(view.axis + 1));
    this.dtype = below.dtype;
    this.writable = below.writable;
    this.#below = below;
    this.#limits = limits;
    this.#run = (view.end - view.start) * inner;
    this.#distance = (shape[view.axis] ?? 1) * inner;
    this.#first = view.start * inner;
  }

  async read(span: Span, next?: Span): Promise<TensorData> {
    const end = span.start + span.count;
    let kept = this.#keptTogether(span);
    if (kept.count === span.count && this.#isRun(span)) {
      return await this.#below.read(this.#around(span), this.#firstAround(next));
    }
    this.#buffer ??= allocateElements(this.dtype, this.#limits.chunkElements);
    const output = this.#buffer.elements(span.count);
    while (kept.count > 0) {
      const start = kept.start + kept.count;
      const following = this.#keptTogether({ start, count: end - start });
      const ahead = following.count > 0 ? this.#around(following) : this.#firstAround(next);
      const data = await this.#below.read(this.#around(kept), ahead);
      this.#copyRuns(data, kept, bytesOfTensorData(output.subarray(kept.start - span.start)));
      kept = following;
    }
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#buffer?.[Symbol.dispose]();
    await this.#below[Symbol.asyncDispose]();
  }

  /** The front part of a span that is read at once, gaps between runs included. */
  #keptTogether({ start, count }: Span): Span {
    const last = this.#placeOf(start) + this.#limits.chunkElements - 1;
    const gapBytes = (this.#distance - this.#run) * heldBytesPerElement(this.dtype);
    const run = gapBytes > MAX_GAP_BYTES
      ? Math.floor(start / this.#run)
      : Math.floor((last - this.#first) / this.#distance);
    const inRun = Math.min(last - this.#first - run * this.#distance, this.#run - 1);
    return { start, count: Math.min(run * this.#run + inRun + 1 - start, count) };
  }

  #copyRuns(data: TensorData, kept: Span, target: Uint8Array): void {
    const source = bytesOfTensorData(data);
    const width = heldBytesPerElement(this.dtype);
    const end = kept.start + kept.count;
    for (let element = kept.start; element < end;) {
      const runEnd = (Math.floor(element / this.#run) + 1) * this.#run;
      const count = Math.min(runEnd, end) - element;
      const from = (this.#placeOf(element) - this.#placeOf(kept.start)) * width;
      target.set(source.subarray(from, from + count * width), (element - kept.start) * width);
      element += count;
    }
  }

  #firstAround(span: Span | undefined): Span | undefined {
    return span === undefined ? undefined : this.#around(this.#keptTogether(span));
  }

  /** The elements below from the first to the last of a span. */
  #around({ start, count }: Span): Span {
    const first = this.#placeOf(start);
    return { start: first, count: this.#placeOf(start + count - 1) + 1 - first };
  }

  #isRun({ start, count }: Span): boolean {
    return Math.floor(start / this.#run) === Math.floor((start + count - 1) / this.#run);
  }

  /** Where an element of the slice lies below. */
  #placeOf(element: number): number {
    return this.#first + Math.floor(element / this.#run) * this.#distance + element % this.#run;
  }
}
