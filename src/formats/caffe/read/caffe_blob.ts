import type { ByteSource } from "../../../io/mod.ts";

/** Where the elements of a tensor lie in a file. */
export interface CaffeBlobData {
  /** Their type. */
  readonly dtype: "float32" | "float64";
  /** The file. */
  readonly source: ByteSource;
  /** The first byte. */
  readonly offset: number;
  /** How many bytes. */
  readonly byteLength: number;
  /** The tag before each element, if they are not packed. */
  readonly tag?: number;
}

/** A learned tensor of a layer: its shape, and where its elements lie. */
export interface CaffeBlob {
  /** Dimensions; files of the time before `BlobShape` have four, 1 where they have no meaning. */
  readonly shape: readonly number[];
  /** The elements; `undefined` if the file has none. */
  readonly data: CaffeBlobData | undefined;
}
