import { PositionedFile } from "./_positioned_file.ts";
import { explainOutputErrors } from "./output_error.ts";

/** A temporary file for data that does not fit in memory. It vanishes when disposed. */
export interface SpillFile extends AsyncDisposable {
  /** The end of the last byte written. */
  readonly byteLength: number;
  /**
   * Writes all bytes from `position` on. Calls may overlap in time.
   *
   * @throws {OutputError} If the disk is full.
   */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /**
   * Fills `target` with the bytes from `position` on.
   *
   * @throws {RangeError} If they were not all written before.
   */
  read(target: Uint8Array, position: number): Promise<void>;
}

/**
 * Creates a temporary file for data that does not fit in memory. Where the platform allows, it has
 * no name, so nothing is left of it even if the process is killed.
 *
 * @param directory Where to put it; by default the system's folder for temporary files.
 * @throws {OutputError} If the folder does not exist or cannot be written.
 */
export async function createSpillFile(directory?: string): Promise<SpillFile> {
  return await explainOutputErrors(`${directory ?? "the temporary folder"}/*.spill`, async () => {
    const options = { prefix: "dlcstream-", suffix: ".spill" };
    const path = await Deno.makeTempFile(
      directory === undefined ? options : { ...options, dir: directory },
    );
    try {
      const file = await Deno.open(path, { read: true, write: true });
      if (Deno.build.os === "windows") return new TemporarySpillFile(file, path, path);
      await Deno.remove(path);
      return new TemporarySpillFile(file, path);
    } catch (error) {
      await Deno.remove(path).catch(() => {});
      throw error;
    }
  });
}

class TemporarySpillFile implements SpillFile {
  #path: string;
  #pathToRemove: string | undefined;
  #file: PositionedFile;
  #byteLength = 0;
  #disposed = false;

  constructor(file: Deno.FsFile, path: string, pathToRemove?: string) {
    this.#path = path;
    this.#pathToRemove = pathToRemove;
    this.#file = new PositionedFile(file);
  }

  get byteLength(): number {
    return this.#byteLength;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    await explainOutputErrors(this.#path, () => this.#file.write(bytes, position));
    this.#byteLength = Math.max(this.#byteLength, position + bytes.length);
  }

  async read(target: Uint8Array, position: number): Promise<void> {
    const count = await this.#file.read(target, position);
    if (count === target.length) return;
    throw new RangeError(
      `Cannot read ${target.length} bytes at byte ${position} of "${this.#path}": ${this.#byteLength} bytes are written`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#file[Symbol.asyncDispose]();
    if (this.#pathToRemove !== undefined) await Deno.remove(this.#pathToRemove);
  }
}
