import type { DataType } from "../data_type.ts";
import type { TensorData } from "../dense_tensor.ts";

/** A run of elements in row-major order. */
export interface Span {
  /** The first element. */
  readonly start: number;
  /** How many. */
  readonly count: number;
}

/** What readers of one tensor may use. */
export interface ReaderLimits {
  /** The most elements that one read gives. */
  readonly chunkElements: number;
  /** Bytes that the buffers of one permutation may take. */
  readonly permuteBytes: number;
  /** Where temporary files go. */
  readonly tempDirectory?: string;
  /** Ends reading early. */
  readonly signal?: AbortSignal;
}

/**
 * Elements that can be read in runs, at best from front to back. Readers are stacked: storage at the
 * bottom, a reader for each view above.
 */
export interface ElementReader extends AsyncDisposable {
  /** The type of the elements. */
  readonly dtype: DataType;
  /** Whether the elements given out may be overwritten by who reads them. */
  readonly writable: boolean;

  /**
   * Reads a run of elements.
   *
   * @param span Which; at most `chunkElements`.
   * @param next What will be read after that, if it is known: storage begins to fetch it.
   * @returns A view that is valid until the next read.
   */
  read(span: Span, next?: Span): Promise<TensorData>;
}
