import { createSpillFile, type SpillFile } from "../io/mod.ts";
import {
  bytesOfTensorData,
  countElements,
  createTensorData,
  type DenseTensor,
} from "../tensor/mod.ts";

/** Options for {@linkcode KeptTensors}. */
export interface KeptTensorsOptions {
  /** How many bytes of tensors may be in memory. */
  readonly budget: number;
  /** Where the rest goes; the system's folder for temporary files by default. */
  readonly tempDirectory?: string;
}

/** Tensors that are read again and again: the first ones in memory, the rest in a temporary file. */
export class KeptTensors implements AsyncDisposable {
  readonly #options: KeptTensorsOptions;
  readonly #held = new Map<string, DenseTensor>();
  readonly #filed = new Map<string, Omit<DenseTensor, "data"> & { readonly position: number }>();
  #heldBytes = 0;
  #file: SpillFile | undefined;

  /** Creates an empty collection; the file is made when it is first needed. */
  constructor(options: KeptTensorsOptions) {
    this.#options = options;
  }

  /** Adds a tensor; its data must not change afterwards. */
  async put(key: string, tensor: DenseTensor): Promise<void> {
    const { dtype, shape, data } = tensor;
    if (this.#heldBytes + data.byteLength <= this.#options.budget) {
      this.#held.set(key, tensor);
      this.#heldBytes += data.byteLength;
      return;
    }
    this.#file ??= await createSpillFile(this.#options.tempDirectory);
    const position = this.#file.byteLength;
    await this.#file.write(bytesOfTensorData(data), position);
    this.#filed.set(key, { dtype, shape, position });
  }

  /** Reads a tensor, `undefined` if it was never added. Do not change it. */
  async read(key: string): Promise<DenseTensor | undefined> {
    const held = this.#held.get(key);
    const filed = this.#filed.get(key);
    if (held !== undefined || filed === undefined) return held;
    const { dtype, shape, position } = filed;
    const data = createTensorData(dtype, countElements(shape));
    await this.#file?.read(bytesOfTensorData(data), position);
    return { dtype, shape, data };
  }

  /** Drops everything and removes the temporary file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#held.clear();
    this.#filed.clear();
    await this.#file?.[Symbol.asyncDispose]();
  }
}
