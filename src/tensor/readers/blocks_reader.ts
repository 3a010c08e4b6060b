import type { DataType } from "../data_type.ts";
import type { TensorData } from "../dense_tensor.ts";
import { bytesOfTensorData, heldBytesPerElement } from "../tensor_data.ts";
import { allocateElements, type ElementBuffer } from "./element_buffer.ts";
import type { ElementReader, ReaderLimits, Span } from "./element_reader.ts";

/** A tensor that can only be had in blocks of a given size, one at a time. */
export interface BlockProducer extends AsyncDisposable {
  /** The type of the elements. */
  readonly dtype: DataType;
  /** The block that holds an element. */
  blockAt(place: number): Span;
  /** Makes a block; it is valid until the next call. */
  produce(block: Span): Promise<TensorData>;
}

/** Reads any runs of elements from a tensor that is made in blocks. */
export class BlocksReader implements ElementReader {
  readonly dtype: DataType;
  /** The next run may come from the same block. */
  readonly writable = false;
  #producer: BlockProducer;
  #limits: ReaderLimits;
  #block: { readonly span: Span; readonly data: TensorData } | undefined;
  #buffer: ElementBuffer | undefined;

  constructor(producer: BlockProducer, limits: ReaderLimits) {
    this.dtype = producer.dtype;
    this.#producer = producer;
    this.#limits = limits;
  }

  async read({ start, count }: Span): Promise<TensorData> {
    const first = await this.#from(start);
    if (first.length >= count) return first.subarray(0, count);
    this.#buffer ??= allocateElements(this.dtype, this.#limits.chunkElements);
    const output = this.#buffer.elements(count);
    const target = bytesOfTensorData(output);
    const width = heldBytesPerElement(this.dtype);
    for (let done = 0; done < count;) {
      const piece = (await this.#from(start + done)).subarray(0, count - done);
      target.set(bytesOfTensorData(piece), done * width);
      done += piece.length;
    }
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#buffer?.[Symbol.dispose]();
    await this.#producer[Symbol.asyncDispose]();
  }

  /** The rest of the block that holds an element, from that element on. */
  async #from(place: number): Promise<TensorData> {
    const span = this.#producer.blockAt(place);
    if (this.#block?.span.start !== span.start) {
      this.#block = undefined;
      this.#block = { span, data: await this.#producer.produce(span) };
    }
    return this.#block.data.subarray(place - span.start);
  }
}
