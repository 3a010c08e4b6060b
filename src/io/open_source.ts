import { fromFileUrl } from "../std/path.ts";
import { BlobSource } from "./blob_source.ts";
import type { ByteSource } from "./byte_source.ts";
import { openFile } from "./file_source.ts";
import { openUrl } from "./http_source.ts";
import { MemorySource } from "./memory_source.ts";

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
 * @throws {RangeError} If the URL has another scheme.
 */
export async function openSource(
  input: string | URL | Blob | Uint8Array,
  options: OpenSourceOptions = {},
): Promise<ByteSource> {
  options.signal?.throwIfAborted();
  if (input instanceof Uint8Array) return new MemorySource(input, options.name ?? "memory");
  if (input instanceof Blob) {
    return new BlobSource(input, options.name ?? (input instanceof File ? input.name : "memory"));
  }
  if (typeof input === "string" && !/^(file:|[a-z][a-z0-9+.-]*:\/\/)/i.test(input)) {
    return await openFile(input, options.name);
  }
  const url = new URL(input);
  if (url.protocol === "file:") return await openFile(fromFileUrl(url), options.name);
  if (url.protocol === "http:" || url.protocol === "https:") return await openUrl(url, options);
  throw new RangeError(
    `Cannot open "${url.href}": expected a path or a URL that begins with "file:", "http:" or "https:"`,
  );
}
