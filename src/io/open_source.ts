import type { ByteSource } from "./byte_source.ts";

/** Options for {@linkcode openSource}. */
export interface OpenSourceOptions {
  /** What error messages call the source; by default its path, its URL, or `memory`. */
  readonly name?: string;
  /** Ends the opening early. */
  readonly signal?: AbortSignal;
}

/**
 * Opens bytes for reading at any position.
 *
 * @param input A path, a `file:` or `http(s):` URL (as text or `URL`), a `Blob`, or bytes in memory.
 * @param options Name and abort signal.
 * @returns The source; dispose it when done.
 * @throws {FormatError} If there is no such file, or the server does not answer range requests.
 */
export function openSource(
  input: string | URL | Blob | Uint8Array,
  options: OpenSourceOptions = {},
): Promise<ByteSource> {
  return Promise.reject(new Error(`openSource is being built: ${input} ${options.name}`));
}
