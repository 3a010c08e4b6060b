/** A temporary file for data that does not fit in memory. It vanishes when disposed. */
export interface SpillFile extends AsyncDisposable {
  /** The end of the last byte written. */
  readonly byteLength: number;
  /** Writes all bytes from `position` on. Calls may overlap in time. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Fills `target` with the bytes from `position` on; they must have been written. */
  read(target: Uint8Array, position: number): Promise<void>;
}

/**
 * Creates a temporary file for data that does not fit in memory.
 *
 * @param directory Where to put it; by default the system's folder for temporary files.
 * @throws {Error} If the folder does not exist or cannot be written.
 */
export function createSpillFile(directory?: string): Promise<SpillFile> {
  return Promise.reject(new Error(`createSpillFile is being built: ${directory}`));
}
