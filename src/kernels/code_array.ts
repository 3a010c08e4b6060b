/** Arrays of stored codes. */
export type CodeArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array;

/** How codes `q` become stored integers `q - shift`. */
export interface StoredCodeOptions {
  /**
   * How many codes there are: `0 <= q < levels`.
   *
   * @default {2 ** bits of a stored integer}
   */
  readonly levels?: number;
  /**
   * What is subtracted from a code before it is stored.
   *
   * @default {0 for unsigned storage, floor(levels / 2) for signed storage}
   */
  readonly shift?: number;
}
