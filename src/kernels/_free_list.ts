/** A gap in the memory that is handed out. */
interface Gap {
  address: number;
  byteLength: number;
}

/** Blocks begin at multiples of this, a cache line. */
const ALIGNMENT_BYTES = 64;

/**
 * Hands out address ranges, the lowest gap that fits first, so that memory once touched is used again
 * before new memory is.
 */
export class FreeList {
  /** Sorted by address; neighbours never touch. */
  readonly #gaps: Gap[];

  /** Starts with one gap, `[start, end)`. */
  constructor(start: number, end: number) {
    const address = roundUp(start);
    this.#gaps = [{ address, byteLength: end - address }];
  }

  /** The address of `byteLength` bytes, or undefined if no gap is as long. */
  take(byteLength: number): number | undefined {
    const needed = blockBytes(byteLength);
    const index = this.#gaps.findIndex((gap) => gap.byteLength >= needed);
    const gap = this.#gaps[index];
    if (gap === undefined) return undefined;
    const { address } = gap;
    gap.address += needed;
    gap.byteLength -= needed;
    if (gap.byteLength === 0) this.#gaps.splice(index, 1);
    return address;
  }

  /** Takes back what {@linkcode take} gave. */
  giveBack(address: number, byteLength: number): void {
    const returned = { address, byteLength: blockBytes(byteLength) };
    const found = this.#gaps.findIndex((gap) => gap.address > address);
    const index = found === -1 ? this.#gaps.length : found;
    const before = this.#gaps[index - 1];
    const after = this.#gaps[index];
    this.#gaps.splice(index, 0, returned);
    if (after !== undefined && address + returned.byteLength === after.address) {
      returned.byteLength += after.byteLength;
      this.#gaps.splice(index + 1, 1);
    }
    if (before !== undefined && before.address + before.byteLength === address) {
      before.byteLength += returned.byteLength;
      this.#gaps.splice(index, 1);
    }
  }

  /** The longest block that {@linkcode take} would give now, in bytes. */
  get longestBytes(): number {
    return Math.max(0, ...this.#gaps.map((gap) => gap.byteLength));
  }
}

function blockBytes(byteLength: number): number {
  return roundUp(Math.max(byteLength, 1));
}

function roundUp(value: number): number {
  return Math.ceil(value / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}
