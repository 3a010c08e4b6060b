import { allocate, type KernelBuffer } from "./kernel_buffer.ts";
import { sumTables } from "./kernels.wasm";

/** How many tables the kernels fill. */
const TABLES = 2;

/** The counters of a histogram kernel: one a bin, and one at each end for what falls into none. */
export class CounterTables implements Disposable {
  /** Bytes from one table to the next. */
  readonly stride: number;
  readonly #bins: number;
  readonly #buffer: KernelBuffer;

  /** Begins with zeros. */
  constructor(bins: number) {
    this.#bins = bins;
    this.stride = Math.ceil((bins + 2) / 4) * 16;
    this.#buffer = allocate(TABLES * this.stride);
    this.#buffer.uint32().fill(0);
  }

  /** Where the first table begins. */
  get address(): number {
    return this.#buffer.address;
  }

  /** Makes the first table that of all; call it once, when all is counted. */
  sum(): void {
    sumTables(this.address, this.stride);
  }

  /** How many numbers fell into no bin. */
  get outside(): number {
    const table = this.#buffer.uint32();
    return table[0]! + table[this.#bins + 1]!;
  }

  /** Adds the counts of the bins to others. */
  addTo(counts: Float64Array): void {
    const table = this.#buffer.uint32();
    for (let bin = 0; bin < counts.length; bin++) counts[bin]! += table[bin + 1]!;
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    this.#buffer[Symbol.dispose]();
  }
}
