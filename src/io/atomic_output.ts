import { basename, dirname, join } from "../std/path.ts";
import { PositionedFile } from "./_positioned_file.ts";
import { explainOutputErrors, OutputError } from "./output_error.ts";

const DEFAULT_BUFFER_BYTES = 1 << 20;

/** Options for {@linkcode createAtomicOutput}. */
export interface AtomicOutputOptions {
  /**
   * Writes are gathered until they fill this many bytes; two such buffers are in use, one filling
   * while the other is on its way to the disk.
   *
   * @default {1048576}
   */
  readonly bufferBytes?: number;
}

/**
 * A file that appears under its name only when it is complete. Until {@linkcode commit} it is a
 * temporary file in the same folder; leaving without a commit removes it. Calls must not overlap.
 */
export interface AtomicOutput extends AsyncDisposable {
  /** The path the file will have. */
  readonly path: string;
  /** How many bytes have been written with `write`: where the next one goes. */
  readonly position: number;
  /** Appends bytes. They may be reused once the promise is fulfilled. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Replaces bytes that were written before, such as a checksum in a header.
   *
   * @throws {RangeError} If they were not all written before.
   */
  writeAt(bytes: Uint8Array, position: number): Promise<void>;
  /** Flushes, syncs to the disk, and gives the file its name. */
  commit(): Promise<void>;
}

/**
 * Starts a file that appears under its name only when it is complete.
 *
 * @param path Where the file shall be; an existing file is replaced on commit.
 * @param options Buffer size.
 * @throws {OutputError} If the folder does not exist or cannot be written, the path is that of a
 *   folder or device, or (from `write` and `commit`) the disk is full.
 */
export async function createAtomicOutput(
  path: string,
  options: AtomicOutputOptions = {},
): Promise<AtomicOutput> {
  const target = await explainOutputErrors(path, () => resolveTarget(path));
  const random = crypto.randomUUID().slice(0, 8);
  const temporary = join(dirname(target), `.${basename(target)}.${random}.partial`);
  const file = await explainOutputErrors(
    path,
    () => Deno.open(temporary, { write: true, createNew: true }),
  );
  const bufferBytes = options.bufferBytes ?? DEFAULT_BUFFER_BYTES;
  return new TemporaryOutput(file, { path, target, temporary, bufferBytes });
}

/**
 * Writes a text file that appears under its name only when it is complete.
 *
 * @param path Where the file shall be.
 * @param text Its content, stored as UTF-8.
 * @throws {OutputError} As `createAtomicOutput`.
 */
export async function writeTextAtomically(path: string, text: string): Promise<void> {
  await using output = await createAtomicOutput(path);
  await output.write(new TextEncoder().encode(text));
  await output.commit();
}

interface OutputPaths {
  readonly path: string;
  readonly target: string;
  readonly temporary: string;
  readonly bufferBytes: number;
}

class TemporaryOutput implements AtomicOutput {
  #paths: OutputPaths;
  #file: PositionedFile;
  #filling: Uint8Array<ArrayBuffer>;
  #spare: Uint8Array<ArrayBuffer>;
  #fill = 0;
  #flushed = 0;
  #flushing: Promise<void> = Promise.resolve();
  #state: "open" | "committed" | "closed" = "open";

  constructor(file: Deno.FsFile, paths: OutputPaths) {
    this.#paths = paths;
    this.#file = new PositionedFile(file);
    this.#filling = new Uint8Array(paths.bufferBytes);
    this.#spare = new Uint8Array(paths.bufferBytes);
  }

  get path(): string {
    return this.#paths.path;
  }

  get position(): number {
    return this.#flushed + this.#fill;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#checkOpen();
    let done = 0;
    while (done < bytes.length) {
      const count = Math.min(bytes.length - done, this.#filling.length - this.#fill);
      this.#filling.set(bytes.subarray(done, done + count), this.#fill);
      this.#fill += count;
      done += count;
      if (this.#fill === this.#filling.length) await this.#startFlush();
    }
  }

  async writeAt(bytes: Uint8Array, position: number): Promise<void> {
    this.#checkOpen();
    if (!(position >= 0 && position + bytes.length <= this.position)) {
      throw new RangeError(
        `Cannot replace ${bytes.length} bytes at byte ${position} of "${this.path}": ${this.position} bytes are written`,
      );
    }
    const onDisk = Math.max(0, Math.min(bytes.length, this.#flushed - position));
    this.#filling.set(bytes.subarray(onDisk), Math.max(0, position - this.#flushed));
    if (onDisk === 0) return;
    await this.#flushing;
    await this.#explain(() => this.#file.write(bytes.subarray(0, onDisk), position));
  }

  async commit(): Promise<void> {
    this.#checkOpen();
    await this.#startFlush();
    await this.#flushing;
    await this.#explain(async () => {
      await this.#file.syncData();
      await this.#close();
      await Deno.rename(this.#paths.temporary, this.#paths.target);
    });
    this.#state = "committed";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    if (this.#state === "committed") return;
    this.#state = "committed"; // Nothing is left to remove, should it be disposed twice.
    try {
      await Deno.remove(this.#paths.temporary);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Sends the filled buffer on its way and goes on with the other one once that is free. */
  async #startFlush(): Promise<void> {
    await this.#flushing;
    const bytes = this.#filling.subarray(0, this.#fill);
    const position = this.#flushed;
    this.#flushing = this.#explain(() => this.#file.write(bytes, position));
    this.#flushing.catch(() => {}); // Whoever comes next awaits it and sees the failure.
    [this.#filling, this.#spare] = [this.#spare, this.#filling];
    this.#flushed += this.#fill;
    this.#fill = 0;
  }

  async #close(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "closed";
    await this.#file[Symbol.asyncDispose]();
  }

  #checkOpen(): void {
    if (this.#state !== "open") throw new TypeError(`Cannot write "${this.path}": it is closed`);
  }

  #explain<T>(work: () => Promise<T>): Promise<T> {
    return explainOutputErrors(this.path, work);
  }
}

/** The file to replace: behind symbolic links, and never a folder or a device. */
async function resolveTarget(path: string): Promise<string> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return path;
    throw error;
  }
  if (info.isDirectory) throw new OutputError(path, "it is a folder");
  if (!info.isFile) throw new OutputError(path, "it is not a regular file");
  return await Deno.realPath(path);
}
