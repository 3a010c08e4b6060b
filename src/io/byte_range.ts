/** A run of bytes in a source. */
export interface ByteRange {
  /** The first byte, from the start of the source. */
  readonly offset: number;
  /** How many bytes. */
  readonly byteLength: number;
}
