import { createSpillFile, type SpillFile } from "../../io/mod.ts";
import { permute } from "../../kernels/mod.ts";
import type { DataType } from "../data_type.ts";
import type { TensorData } from "../dense_tensor.ts";
import { bytesOfTensorData, heldBytesPerElement } from "../tensor_data.ts";
import type { AxisOrder } from "./axis_order.ts";
import type { BlockProducer } from "./blocks_reader.ts";
import { copyBox } from "./copy_box.ts";
import { allocateElements, type ElementBuffer } from "./element_buffer.ts";
import type { ElementReader, ReaderLimits, Span } from "./element_reader.ts";
import { readInto } from "./read_into.ts";
import { cutIntoSlabs, type Slab, slabAt } from "./slab.ts";

/**
 * Permutes through a temporary file, for tensors of any size: the input is cut into slabs that fit
 * in memory, each is permuted there and written. A slab of the result then takes one run of each of
 * those it meets. With slabs of M elements out of N, runs have about M·M/N: large unless the tensor
 * is thousands of times larger than the memory.
 */
export class PermuteSlabs implements BlockProducer {
  readonly dtype: DataType;
  #below: ElementReader;
  #limits: ReaderLimits;
  #axes: AxisOrder;
  #resultShape: readonly number[];
  #slabElements: number;
  #spill: SpillFile | undefined;
  #first: ElementBuffer | undefined;
  #second: ElementBuffer | undefined;

  constructor(below: ElementReader, axes: AxisOrder, limits: ReaderLimits) {
    this.dtype = below.dtype;
    this.#below = below;
    this.#limits = limits;
    this.#axes = axes;
    this.#resultShape = axes.order.map((axis) => axes.shape[axis] ?? 1);
    const width = heldBytesPerElement(below.dtype);
    this.#slabElements = Math.max(1, Math.floor(limits.permuteBytes / 2 / width));
  }

  blockAt(place: number): Span {
    return slabAt(this.#resultShape, this.#slabElements, place);
  }

  async produce(block: Span): Promise<TensorData> {
    this.#first ??= allocateElements(this.dtype, this.#slabElements);
    this.#second ??= allocateElements(this.dtype, this.#slabElements);
    const spill = this.#spill ??= await this.#writeSlabs(this.#first, this.#second);
    const target = slabAt(this.#resultShape, this.#slabElements, block.start);
    const output = this.#first.elements(target.count);
    const width = heldBytesPerElement(this.dtype);
    for (const stored of cutIntoSlabs(this.#axes.shape, this.#slabElements)) {
      const piece = meet(target, stored, this.#axes.order);
      if (piece === undefined) continue;
      this.#limits.signal?.throwIfAborted();
      const bytes = this.#second.bytes(piece.count);
      await spill.read(bytes, (stored.start + piece.start) * width);
      copyBox(bytes, {
        bytes: bytesOfTensorData(output),
        shape: target.counts,
        lows: piece.lows,
      }, { counts: piece.counts, bytesPerElement: width });
    }
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#first?.[Symbol.dispose]();
    this.#second?.[Symbol.dispose]();
    await this.#below[Symbol.asyncDispose]();
    await this.#spill?.[Symbol.asyncDispose]();
  }

  /** Writes each slab of the input, permuted, to where its run of the input would be. */
  async #writeSlabs(input: ElementBuffer, output: ElementBuffer): Promise<SpillFile> {
    const spill = await createSpillFile(this.#limits.tempDirectory);
    try {
      const bytesPerElement = heldBytesPerElement(this.dtype);
      for (const slab of cutIntoSlabs(this.#axes.shape, this.#slabElements)) {
        this.#limits.signal?.throwIfAborted();
        await readInto(input.elements(slab.count), this.#below, {
          start: slab.start,
          chunkElements: this.#limits.chunkElements,
        });
        const bytes = output.bytes(slab.count);
        const { order } = this.#axes;
        permute(input.bytes(slab.count), bytes, { shape: slab.counts, order, bytesPerElement });
        await spill.write(bytes, slab.start * bytesPerElement);
      }
    } catch (error) {
      await spill[Symbol.asyncDispose]();
      throw error;
    }
    return spill;
  }
}

/** What a slab of the result takes from a stored slab: one run of it. */
interface Piece extends Span {
  /** Where it goes in the slab of the result. */
  readonly lows: readonly number[];
  readonly counts: readonly number[];
}

function meet(target: Slab, stored: Slab, order: readonly number[]): Piece | undefined {
  const lows: number[] = [];
  const counts: number[] = [];
  let start = 0;
  let count = 1;
  for (const [axis, storedAxis] of order.entries()) {
    const targetLow = target.lows[axis] ?? 0;
    const storedLow = stored.lows[storedAxis] ?? 0;
    const storedCount = stored.counts[storedAxis] ?? 1;
    const low = Math.max(targetLow, storedLow);
    const end = Math.min(targetLow + (target.counts[axis] ?? 1), storedLow + storedCount);
    if (end <= low) return undefined;
    lows.push(low - targetLow);
    counts.push(end - low);
    start = start * storedCount + low - storedLow;
    count *= end - low;
  }
  return { start, count, lows, counts };
}
