import { FormatError } from "../errors.ts";
import { ByteCursor } from "./byte_cursor.ts";
import type { ByteRange } from "./byte_range.ts";
import type { ByteSource, ReadOptions } from "./byte_source.ts";
import { BinaryReader } from "./protobuf_wire.ts";

const BLOCK_BYTES = 64 * 1024;
const MAX_VARINT_BYTES = 10;

/**
 * Decodes packed varints of any number from front to back (the payload of a repeated integer field,
 * https://protobuf.dev/programming-guides/encoding/#packed).
 */
export class PackedVarints {
  #cursor: ByteCursor;

  /**
   * Starts at the front of a payload.
   *
   * @param source The file.
   * @param range Where the payload lies.
   * @param options The abort signal.
   * @throws {FormatError} If the range does not lie in the source.
   */
  constructor(source: ByteSource, range: ByteRange, options: ReadOptions = {}) {
    this.#cursor = new ByteCursor(source, range, options);
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#cursor.remaining;
  }

  /**
   * Decodes as many varints as the target is long.
   *
   * @param target Receives the 64 bits of each.
   * @throws {FormatError} If there are not as many, or one has more than 64 bits.
   */
  async read(target: BigInt64Array<ArrayBuffer>): Promise<void> {
    const words = new Int32Array(target.buffer, target.byteOffset, 2 * target.length);
    let done = 0;
    while (done < target.length) {
      const position = this.#cursor.position;
      const block = await this.#cursor.bytes(Math.min(BLOCK_BYTES, this.#cursor.remaining));
      // What lies behind the last byte without the continuation bit belongs to the next block.
      const whole = block.findLastIndex((byte) => byte < 0x80) + 1;
      if (whole === 0) throw this.#error(position, "no varint");
      const reader = new BinaryReader(block.subarray(0, whole));
      for (; done < target.length && reader.pos < whole; done++) {
        const length = varintLength(block, reader.pos);
        if (length > 4) {
          const last = block[reader.pos + length - 1] ?? 0;
          if (length > MAX_VARINT_BYTES || length === MAX_VARINT_BYTES && last > 1) {
            throw this.#error(position + reader.pos, "a varint of more than 64 bits");
          }
          target[done] = BigInt(reader.int64());
        } else { // Up to 28 bits: no 64-bit arithmetic needed.
          words[2 * done] = reader.uint32();
          words[2 * done + 1] = 0;
        }
      }
      this.#cursor.seek(position + reader.pos);
    }
  }

  #error(offset: number, found: string): FormatError {
    const file = this.#cursor.source.name;
    return new FormatError(
      `Cannot read packed varints of "${file}": found ${found} at byte ${offset}, expected another element`,
      { file, offset, expected: "a varint", found },
    );
  }
}

function varintLength(bytes: Uint8Array, index: number): number {
  let end = index;
  while ((bytes[end] ?? 0) >= 0x80) end++;
  return end - index + 1;
}
