import { createSpillFile, type SpillFile } from "../io/mod.ts";
import {
  bytesOfTensorData,
  type DenseTensor,
  type TensorData,
  viewTensorData,
} from "../tensor/mod.ts";

/** Options for {@linkcode ActivationStore}. */
export interface ActivationStoreOptions {
  /** How many bytes of activations may be in memory. */
  readonly budget: number;
  /** Where the rest goes; the system's folder for temporary files by default. */
  readonly tempDirectory?: string;
}

/** The tensors of one value, by sample. */
interface Shelf {
  /** When each tensor is needed: indices of units, ascending. */
  readonly uses: readonly number[];
  readonly entries: Map<number, Entry>;
  /** Samples in memory, in the order they came; may hold some that are gone. */
  readonly order: number[];
}

interface Entry {
  readonly tensor: Omit<DenseTensor, "data">;
  readonly byteLength: number;
  /** The elements, or where they lie in the spill file. */
  place: TensorData | number;
  /** How many of the uses are over. */
  used: number;
}

/**
 * Activations that are still needed, by value and sample. What does not fit the budget lies in a
 * temporary file: first that which is needed last. A tensor vanishes after its last use.
 */
export class ActivationStore implements AsyncDisposable {
  readonly #budget: number;
  readonly #tempDirectory: string | undefined;
  readonly #shelves = new Map<string, Shelf>();
  /** Places in the spill file that are free again, by size. */
  readonly #free = new Map<number, number[]>();
  #file: SpillFile | undefined;
  #fileBytes = 0;
  #heldBytes = 0;

  /** Creates an empty store; the file is made when it is first needed. */
  constructor({ budget, tempDirectory }: ActivationStoreOptions) {
    this.#budget = budget;
    this.#tempDirectory = tempDirectory;
  }

  /** Bytes of tensors in memory. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The size of the temporary file, in bytes. */
  get spilledBytes(): number {
    return this.#fileBytes;
  }

  /**
   * Adds a tensor. Its data belongs to the store from now on.
   *
   * @param key The value and the sample.
   * @param tensor What to keep.
   * @param uses The units that need it, ascending; the same for all samples of a value.
   */
  async put(key: ActivationKey, tensor: DenseTensor, uses: readonly number[]): Promise<void> {
    if (uses.length === 0) return;
    let shelf = this.#shelves.get(key.value);
    if (shelf === undefined) {
      shelf = { uses, entries: new Map(), order: [] };
      this.#shelves.set(key.value, shelf);
    }
    const { data, dtype, shape } = tensor;
    const entry = { tensor: { dtype, shape }, byteLength: data.byteLength, place: data, used: 0 };
    shelf.entries.set(key.sample, entry);
    shelf.order.push(key.sample);
    this.#heldBytes += data.byteLength;
    while (this.#heldBytes > this.#budget) {
      if (!await this.#spillLeastNeeded()) break;
    }
  }

  /** Reads a tensor. Its data is shared: it must not be changed. */
  async read(key: ActivationKey): Promise<DenseTensor> {
    const { tensor, place, byteLength } = this.#entry(key);
    if (typeof place !== "number") return { ...tensor, data: place };
    const bytes = new Uint8Array(byteLength);
    await this.#file?.read(bytes, place);
    return { ...tensor, data: viewTensorData(tensor.dtype, bytes) };
  }

  /** Ends one use of a tensor; after the last it is gone. */
  release(key: ActivationKey): void {
    const shelf = this.#shelves.get(key.value);
    const entry = this.#entry(key);
    entry.used++;
    if (shelf === undefined || entry.used < shelf.uses.length) return;
    shelf.entries.delete(key.sample);
    if (shelf.entries.size === 0) this.#shelves.delete(key.value);
    if (typeof entry.place !== "number") {
      this.#heldBytes -= entry.byteLength;
    } else {
      const places = this.#free.get(entry.byteLength);
      if (places === undefined) this.#free.set(entry.byteLength, [entry.place]);
      else places.push(entry.place);
    }
  }

  /** Drops everything and removes the temporary file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#shelves.clear();
    await this.#file?.[Symbol.asyncDispose]();
  }

  #entry({ value, sample }: ActivationKey): Entry {
    const entry = this.#shelves.get(value)?.entries.get(sample);
    if (entry === undefined) {
      throw new RangeError(`The store holds no "${value}" of sample ${sample}`);
    }
    return entry;
  }

  /** Writes the tensor whose next use is farthest away to the file; false if none is in memory. */
  async #spillLeastNeeded(): Promise<boolean> {
    let farthest: { readonly shelf: Shelf; readonly entry: Entry } | undefined;
    let farthestUse = -1;
    for (const shelf of this.#shelves.values()) {
      const entry = lastHeld(shelf);
      if (entry === undefined) continue;
      const use = shelf.uses[entry.used] ?? 0;
      if (use <= farthestUse) continue;
      farthest = { shelf, entry };
      farthestUse = use;
    }
    if (farthest === undefined || typeof farthest.entry.place === "number") return false;
    const { entry, shelf } = farthest;
    const { byteLength } = entry;
    this.#file ??= await createSpillFile(this.#tempDirectory);
    let position = this.#free.get(byteLength)?.pop();
    if (position === undefined) {
      position = this.#fileBytes;
      this.#fileBytes += byteLength;
    }
    await this.#file.write(bytesOfTensorData(farthest.entry.place), position);
    entry.place = position;
    shelf.order.pop();
    this.#heldBytes -= byteLength;
    return true;
  }
}

/** Names a tensor in an {@linkcode ActivationStore}. */
export interface ActivationKey {
  /** The value's name. */
  readonly value: string;
  /** The sample's index. */
  readonly sample: number;
}

/** Samples are worked on in the order they came, so the last one in memory is needed last. */
function lastHeld(shelf: Shelf): Entry | undefined {
  for (let sample = shelf.order.at(-1); sample !== undefined; sample = shelf.order.at(-1)) {
    const entry = shelf.entries.get(sample);
    if (entry !== undefined && typeof entry.place !== "number") return entry;
    shelf.order.pop();
  }
  return undefined;
}
