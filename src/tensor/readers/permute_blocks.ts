import { permute } from "../../kernels/mod.ts";
import { countElements, type DataType } from "../data_type.ts";
import type { TensorData } from "../dense_tensor.ts";
import { bytesOfTensorData, heldBytesPerElement } from "../tensor_data.ts";
import type { AxisOrder } from "./axis_order.ts";
import type { BlockProducer } from "./blocks_reader.ts";
import { allocateElements, type ElementBuffer } from "./element_buffer.ts";
import type { ElementReader, ReaderLimits, Span } from "./element_reader.ts";
import { readInto } from "./read_into.ts";

/**
 * Permutes in memory. Where the first axis keeps its place, as in most changes of layout, each of
 * its rows is permuted by itself and only a few are in memory; else all rows are one block.
 */
export class PermuteBlocks implements BlockProducer {
  readonly dtype: DataType;
  #below: ElementReader;
  #limits: ReaderLimits;
  #axes: AxisOrder;
  #rows: number;
  #rowElements: number;
  #blockRows: number;
  #input: ElementBuffer | undefined;
  #output: ElementBuffer | undefined;

  constructor(below: ElementReader, axes: AxisOrder, limits: ReaderLimits) {
    this.dtype = below.dtype;
    this.#below = below;
    this.#limits = limits;
    this.#axes = axes;
    this.#rows = axes.order[0] === 0 ? axes.shape[0] ?? 1 : 1;
    this.#rowElements = countElements(axes.shape) / this.#rows;
    this.#blockRows = Math.max(1, Math.floor(limits.chunkElements / this.#rowElements));
  }

  /** The bytes that the largest block takes, before and after. */
  static bytesNeeded({ shape, order }: AxisOrder, dtype: DataType): number {
    const row = countElements(order[0] === 0 ? shape.slice(1) : shape);
    return 2 * row * heldBytesPerElement(dtype);
  }

  blockAt(place: number): Span {
    const row = Math.floor(place / this.#rowElements);
    const first = row - row % this.#blockRows;
    const rows = Math.min(this.#blockRows, this.#rows - first);
    return { start: first * this.#rowElements, count: rows * this.#rowElements };
  }

  async produce(block: Span): Promise<TensorData> {
    const capacity = this.#blockRows * this.#rowElements;
    const nextStart = block.start + block.count;
    const next = nextStart < this.#rows * this.#rowElements ? this.blockAt(nextStart) : undefined;
    let source: TensorData;
    if (capacity <= this.#limits.chunkElements) {
      source = await this.#below.read(block, next);
    } else {
      this.#input ??= allocateElements(this.dtype, capacity);
      source = this.#input.elements(block.count);
      await readInto(source, this.#below, { ...this.#limits, start: block.start });
    }
    this.#output ??= allocateElements(this.dtype, capacity);
    const output = this.#output.elements(block.count);
    const { shape, order } = this.#axes;
    permute(bytesOfTensorData(source), bytesOfTensorData(output), {
      shape: order[0] === 0 ? shape.with(0, block.count / this.#rowElements) : shape,
      order,
      bytesPerElement: heldBytesPerElement(this.dtype),
    });
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#input?.[Symbol.dispose]();
    this.#output?.[Symbol.dispose]();
    await this.#below[Symbol.asyncDispose]();
  }
}
