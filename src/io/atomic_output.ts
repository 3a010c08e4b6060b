/** Options for {@linkcode createAtomicOutput}. */
export interface AtomicOutputOptions {
  /**
   * Small writes are gathered until they fill this many bytes.
   *
   * @default {1048576}
   */
  readonly bufferBytes?: number;
}

/**
 * A file that appears under its name only when it is complete. Until {@linkcode commit} it is a
 * temporary file in the same folder; leaving without a commit removes it.
 */
export interface AtomicOutput extends AsyncDisposable {
  /** The path the file will have. */
  readonly path: string;
  /** How many bytes have been written with `write`: where the next one goes. */
  readonly position: number;
  /** Appends bytes. They may be reused once the promise is fulfilled. */
  write(bytes: Uint8Array): Promise<void>;
  /** Replaces bytes that were written before, such as a checksum in a header. */
  writeAt(bytes: Uint8Array, position: number): Promise<void>;
  /** Flushes, syncs to the disk, and gives the file its name. */
  commit(): Promise<void>;
}

/**
 * Starts a file that appears under its name only when it is complete.
 *
 * @param path Where the file shall be.
 * @param options Buffer size.
 * @throws {Error} If the folder does not exist or cannot be written, or the disk is full; one line
 *   that names the file.
 */
export function createAtomicOutput(
  path: string,
  options: AtomicOutputOptions = {},
): Promise<AtomicOutput> {
  return Promise.reject(new Error(`createAtomicOutput is being built: ${path} ${options}`));
}

/**
 * Writes a text file that appears under its name only when it is complete.
 *
 * @param path Where the file shall be.
 * @param text Its content, stored as UTF-8.
 */
export async function writeTextAtomically(path: string, text: string): Promise<void> {
  await using output = await createAtomicOutput(path);
  await output.write(new TextEncoder().encode(text));
  await output.commit();
}
