import { FormatError } from "../../errors.ts";
import type { ByteSource } from "../../io/mod.ts";
import { allocate, type KernelBuffer } from "../../kernels/mod.ts";
import { byteLengthOf, type DataType } from "../data_type.ts";
import type { TensorData } from "../dense_tensor.ts";
import { viewTensorData } from "../tensor_data.ts";
import type { ElementReader, ReaderLimits, Span } from "./element_reader.ts";

/** Where elements behind tags lie. */
export interface StoredTagged {
  /** The file. */
  readonly source: ByteSource;
  /** The first tag. */
  readonly offset: number;
  /** The byte before each element. */
  readonly tag: number;
}

/** Reads elements of 4 or 8 bytes that each stand behind a tag of one byte, and closes the gaps. */
export class TaggedReader implements ElementReader {
  readonly dtype: DataType;
  readonly writable = true;
  #stored: StoredTagged;
  #limits: ReaderLimits;
  #width: number;
  #raw: KernelBuffer;
  #packed: KernelBuffer;

  constructor(dtype: DataType, stored: StoredTagged, limits: ReaderLimits) {
    this.dtype = dtype;
    this.#stored = stored;
    this.#limits = limits;
    this.#width = byteLengthOf(dtype, 1);
    this.#raw = allocate(limits.chunkElements * (this.#width + 1));
    this.#packed = allocate(limits.chunkElements * this.#width);
  }

  async read({ start, count }: Span): Promise<TensorData> {
    const { source, offset, tag } = this.#stored;
    const stride = this.#width + 1;
    const position = offset + start * stride;
    const { signal } = this.#limits;
    const raw = this.#raw.bytes().subarray(0, count * stride);
    await source.read(raw, position, signal === undefined ? {} : { signal });
    const words = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    const packed = this.#packed.uint32();
    const wordsEach = this.#width / 4;
    for (let element = 0, to = 0; element < count; element++) {
      const from = element * stride;
      if (raw[from] !== tag) throw this.#tagError(raw[from] ?? 0, position + from);
      for (let word = 0; word < wordsEach; word++) {
        packed[to++] = words.getUint32(from + 1 + 4 * word, true);
      }
    }
    return viewTensorData(this.dtype, this.#packed.bytes(), count);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#raw[Symbol.dispose]();
    this.#packed[Symbol.dispose]();
    return Promise.resolve();
  }

  #tagError(found: number, offset: number): FormatError {
    const { source, tag } = this.#stored;
    return new FormatError(
      `Cannot read a repeated field of "${source.name}": found tag ${found} at byte ${offset}, expected ${tag} before another element`,
      { file: source.name, offset, expected: `tag ${tag}`, found: `tag ${found}` },
    );
  }
}
