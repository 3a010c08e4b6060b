import { UnsupportedError } from "../../errors.ts";
import type { ByteSource } from "../../io/mod.ts";
import type { DlcDocument } from "./document.ts";

/** A document whose tensors can be read until it is disposed of; disposing closes the source. */
export type OpenedDlc = DlcDocument & AsyncDisposable;

/**
 * Reads everything of a DLC but the tensors' elements, which stay where they are.
 *
 * @param source The file. The document owns it from now on; on an error it stays the caller's.
 * @throws {FormatError} If the file is damaged or no DLC.
 * @throws {UnsupportedError} If it is of a version that is not read, such as 2.
 */
export function openDlc(source: ByteSource): Promise<OpenedDlc> {
  return Promise.reject(new UnsupportedError(`Cannot open "${source.name}"`));
}
