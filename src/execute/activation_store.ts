import { createSpillFile, type SpillFile } from "../io/mod.ts";
import {
  bytesOfTensorData,
  type DataType,
  type DenseTensor,
  type TensorData,
} from "../tensor/mod.ts";
import { allocateTensor, freeTensor, releaseTensor } from "./activation_memory.ts";

/** Options for {@linkcode ActivationStore}. */
export interface ActivationStoreOptions {
  /** How many bytes of activations may be in memory. */
  readonly budget: number;
  /** Where the rest goes; the system's folder for temporary files by default. */
  readonly tempDirectory?: string;
}

/** Names a tensor in an {@linkcode ActivationStore}. */
export interface ActivationKey {
  /** The value's name. */
  readonly value: string;
  /** The sample's index. */
  readonly sample: number;
}

/** The tensors of one value, by sample. */
interface Shelf {
  /** When each tensor is needed: indices of units, ascending. */
  readonly uses: readonly number[];
  readonly entries: Map<number, Entry>;
  /** Samples in memory, in the order they came there; may hold some that are gone. */
  readonly order: number[];
}

interface Entry {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** The elements, if they are in memory. */
  data: TensorData | undefined;
  /** Where they lie in the file, if they were ever written. */
  position: number | undefined;
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
  /** Places in the file that are free again, by size. */
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
   * Adds a tensor. Its data belongs to the store from now on, which frees it when it can.
   *
   * @param key The value and the sample.
   * @param tensor What to keep.
   * @param uses The units that need it, ascending; the same for all samples of a value.
   */
  async put(key: ActivationKey, tensor: DenseTensor, uses: readonly number[]): Promise<void> {
    if (uses.length === 0) return freeTensor(tensor);
    let shelf = this.#shelves.get(key.value);
    if (shelf === undefined) {
      shelf = { uses, entries: new Map(), order: [] };
      this.#shelves.set(key.value, shelf);
    }
    const { data, data: { byteLength } } = tensor;
    shelf.entries.set(key.sample, { ...tensor, byteLength, data, position: undefined, used: 0 });
    shelf.order.push(key.sample);
    this.#heldBytes += byteLength;
    while (this.#heldBytes > this.#budget) {
      if (!await this.#spillLeastNeeded()) break;
    }
  }

  /** Reads a tensor. It is the store's own, valid until its use is released: do not change it. */
  async read(key: ActivationKey): Promise<DenseTensor> {
    const { shelf, entry } = this.#find(key);
    const { dtype, shape, byteLength, position } = entry;
    if (entry.data === undefined && position !== undefined) {
      const tensor = allocateTensor({ dtype, shape });
      await this.#file?.read(bytesOfTensorData(tensor.data), position);
      entry.data = tensor.data;
      shelf.order.push(key.sample);
      this.#heldBytes += byteLength;
    }
    if (entry.data === undefined) throw new RangeError(`"${key.value}" is nowhere`);
    return { dtype, shape, data: entry.data };
  }

  /** Reads a tensor for its last use. Its data belongs to the caller. */
  async take(key: ActivationKey): Promise<DenseTensor> {
    const tensor = await this.read(key);
    this.#remove(key);
    return releaseTensor(tensor);
  }

  /** Ends one use of a tensor; after the last it is gone, and its data is freed. */
  release(key: ActivationKey): void {
    const { shelf, entry } = this.#find(key);
    const { data, position } = entry;
    if (++entry.used < shelf.uses.length) {
      // It was read back for this use only, if there is no room.
      if (position !== undefined && this.#heldBytes > this.#budget) this.#drop(entry);
      return;
    }
    this.#remove(key);
    if (data !== undefined) freeTensor({ ...entry, data });
  }

  /** Drops everything and removes the temporary file. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { entries } of this.#shelves.values()) {
      for (const { data, ...entry } of entries.values()) {
        if (data !== undefined) freeTensor({ ...entry, data });
      }
    }
    this.#shelves.clear();
    await this.#file?.[Symbol.asyncDispose]();
  }

  #find({ value, sample }: ActivationKey): { readonly shelf: Shelf; readonly entry: Entry } {
    const shelf = this.#shelves.get(value);
    const entry = shelf?.entries.get(sample);
    if (shelf === undefined || entry === undefined) {
      throw new RangeError(`The store holds no "${value}" of sample ${sample}`);
    }
    return { shelf, entry };
  }

  #remove(key: ActivationKey): void {
    const { shelf, entry: { data, position, byteLength } } = this.#find(key);
    shelf.entries.delete(key.sample);
    if (shelf.entries.size === 0) this.#shelves.delete(key.value);
    if (data !== undefined) this.#heldBytes -= byteLength;
    if (position === undefined) return;
    const places = this.#free.get(byteLength);
    if (places === undefined) this.#free.set(byteLength, [position]);
    else places.push(position);
  }

  /** Moves the tensor whose next use is farthest away to the file; false if none is in memory. */
  async #spillLeastNeeded(): Promise<boolean> {
    let farthest: Entry | undefined;
    let farthestUse = -1;
    for (const shelf of this.#shelves.values()) {
      const entry = lastHeld(shelf);
      const use = entry === undefined ? -1 : shelf.uses[entry.used] ?? 0;
      if (use <= farthestUse) continue;
      farthest = entry;
      farthestUse = use;
    }
    if (farthest?.data === undefined) return false;
    const { data, byteLength } = farthest;
    if (farthest.position === undefined) {
      this.#file ??= await createSpillFile(this.#tempDirectory);
      let position = this.#free.get(byteLength)?.pop();
      if (position === undefined) {
        position = this.#fileBytes;
        this.#fileBytes += byteLength;
      }
      await this.#file.write(bytesOfTensorData(data), position);
      farthest.position = position;
    }
    this.#drop(farthest);
    return true;
  }

  /** Frees the memory of a tensor that lies in the file. */
  #drop(entry: Entry): void {
    const { data } = entry;
    if (data === undefined) return;
    freeTensor({ ...entry, data });
    entry.data = undefined;
    this.#heldBytes -= entry.byteLength;
  }
}

/** Samples are worked on in the order they came, so the last one in memory is needed last. */
function lastHeld(shelf: Shelf): Entry | undefined {
  for (let sample = shelf.order.at(-1); sample !== undefined; sample = shelf.order.at(-1)) {
    const entry = shelf.entries.get(sample);
    if (entry?.data !== undefined) return entry;
    shelf.order.pop();
  }
  return undefined;
}
