import { MemoryLimitError } from "../errors.ts";
import { FreeList } from "./_free_list.ts";
import { ALLOCATION_ADDRESS, MEMORY } from "./_memory.ts";

const freeList = new FreeList(ALLOCATION_ADDRESS, MEMORY.byteLength);

/**
 * A piece of kernel memory, where kernels work in place and files can be read into.
 *
 * Kernel memory has a fixed size (1 GiB of addresses; a page costs memory from its first use on) and
 * never grows, so views stay attached, also across `await` and other allocations. The bytes are yours
 * until the buffer is disposed; a view kept longer shows what comes after.
 */
export class KernelBuffer implements Disposable {
  /** Where it begins in kernel memory, a multiple of 64. */
  readonly address: number;
  /** Its size in bytes. */
  readonly byteLength: number;
  #disposed = false;

  /**
   * Wraps a piece of memory; {@linkcode allocate} makes buffers.
   *
   * @param address Where it begins.
   * @param byteLength Its size in bytes.
   */
  constructor(address: number, byteLength: number) {
    this.address = address;
    this.byteLength = byteLength;
  }

  /** All bytes. The other views also begin at the first byte, and hold what whole elements fit. */
  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(MEMORY, this.#start(), this.byteLength);
  }

  /** The bytes as int8. */
  int8(): Int8Array<ArrayBuffer> {
    return new Int8Array(MEMORY, this.#start(), this.byteLength);
  }

  /** The bytes as uint16; also for float16 and bfloat16 bit patterns. */
  uint16(): Uint16Array<ArrayBuffer> {
    return new Uint16Array(MEMORY, this.#start(), this.byteLength >>> 1);
  }

  /** The bytes as int16. */
  int16(): Int16Array<ArrayBuffer> {
    return new Int16Array(MEMORY, this.#start(), this.byteLength >>> 1);
  }

  /** The bytes as uint32. */
  uint32(): Uint32Array<ArrayBuffer> {
    return new Uint32Array(MEMORY, this.#start(), this.byteLength >>> 2);
  }

  /** The bytes as int32. */
  int32(): Int32Array<ArrayBuffer> {
    return new Int32Array(MEMORY, this.#start(), this.byteLength >>> 2);
  }

  /** The bytes as float32. */
  float32(): Float32Array<ArrayBuffer> {
    return new Float32Array(MEMORY, this.#start(), this.byteLength >>> 2);
  }

  /** The bytes as float64. */
  float64(): Float64Array<ArrayBuffer> {
    return new Float64Array(MEMORY, this.#start(), this.byteLength >>> 3);
  }

  /** The bytes as uint64. */
  uint64(): BigUint64Array<ArrayBuffer> {
    return new BigUint64Array(MEMORY, this.#start(), this.byteLength >>> 3);
  }

  /** The bytes as int64. */
  int64(): BigInt64Array<ArrayBuffer> {
    return new BigInt64Array(MEMORY, this.#start(), this.byteLength >>> 3);
  }

  /** Gives the memory back. A second call does nothing. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    freeList.giveBack(this.address, this.byteLength);
  }

  #start(): number {
    if (this.#disposed) throw new TypeError("Cannot view a kernel buffer: it is disposed");
    return this.address;
  }
}

/**
 * Reserves a piece of kernel memory. What it holds at first is undefined.
 *
 * @param byteLength Its size in bytes; 0 is allowed.
 * @returns The buffer; hold it with `using`.
 * @throws {RangeError} If the size is not an integer >= 0.
 * @throws {MemoryLimitError} If no free piece of kernel memory is as large.
 *
 * @example Reserving memory
 * ```ts
 * import { allocate, minMax } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * using buffer = allocate(12);
 * const data = buffer.float32();
 * data.set([3, -1, 2]);
 * assertEquals(minMax(data), { min: -1, max: 3, finite: true });
 * ```
 */
export function allocate(byteLength: number): KernelBuffer {
  if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
    throw new RangeError(
      `Cannot allocate kernel memory: the size is ${byteLength}, expected an integer >= 0`,
    );
  }
  const address = freeList.take(byteLength);
  if (address === undefined) {
    throw new MemoryLimitError(
      `Cannot allocate ${byteLength} bytes of kernel memory: ` +
        `the largest free piece has ${freeList.longestBytes}`,
    );
  }
  return new KernelBuffer(address, byteLength);
}
