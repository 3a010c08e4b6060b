import { FormatError } from "../../../errors.ts";
import type { ByteRange, ByteSource, ReadOptions } from "../../../io/mod.ts";
import { crc32c, maskCrc32c } from "./crc32c.ts";

const BUFFER_BYTES = 1024 * 1024;

/** A part of a file with its checksum. */
export interface ChecksummedRange extends ByteRange {
  /** What lies there, for the message. */
  readonly subject: string;
  /** The masked CRC-32C of its bytes. */
  readonly checksum: number;
}

/**
 * A file of which one range is read. Before the first read the range is streamed once through its
 * checksum, so that no wrong byte reaches anybody. Disposing does not close the file.
 */
export class ChecksummedSource implements ByteSource {
  readonly #file: ByteSource;
  readonly #range: ChecksummedRange;
  #checked: Promise<void> | undefined;

  /** Reads nothing yet. */
  constructor(file: ByteSource, range: ChecksummedRange) {
    this.#file = file;
    this.#range = range;
  }

  get name(): string {
    return this.#file.name;
  }

  get byteLength(): number {
    return this.#file.byteLength;
  }

  async read(target: Uint8Array, position: number, options: ReadOptions = {}): Promise<void> {
    this.#checked ??= this.#check(options);
    try {
      await this.#checked;
    } catch (error) {
      // Another reader may not be aborted.
      if (!(error instanceof FormatError)) this.#checked = undefined;
      throw error;
    }
    await this.#file.read(target, position, options);
  }

  openSibling(relativePath: string): Promise<ByteSource> {
    return this.#file.openSibling(relativePath);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #check(options: ReadOptions): Promise<void> {
    const { offset, byteLength, checksum, subject } = this.#range;
    const buffer = new Uint8Array(Math.min(BUFFER_BYTES, byteLength));
    let found = 0;
    for (let done = 0; done < byteLength;) {
      options.signal?.throwIfAborted();
      const part = buffer.subarray(0, Math.min(buffer.length, byteLength - done));
      await this.#file.read(part, offset + done, options);
      found = crc32c(part, found);
      done += part.length;
    }
    if (maskCrc32c(found) === checksum) return;
    throw new FormatError(
      `Cannot read ${subject} of "${this.name}": its checksum is ${hex(maskCrc32c(found))}, ` +
        `expected ${hex(checksum)}; the file is damaged`,
      { file: this.name, offset, expected: hex(checksum), found: hex(maskCrc32c(found)) },
    );
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
