import { FormatError } from "../errors.ts";
import { dirname, join } from "../std/path.ts";
import { checkRange } from "./_check_range.ts";
import { PositionedFile } from "./_positioned_file.ts";
import type { ByteSource, ReadOptions } from "./byte_source.ts";
import { splitSiblingPath } from "./sibling_path.ts";

/** A local file as a source. Bytes go straight into the reader's buffer. */
class FileSource implements ByteSource {
  readonly name: string;
  readonly byteLength: number;
  #path: string;
  #file: PositionedFile;

  constructor(file: Deno.FsFile, info: { path: string; name: string; byteLength: number }) {
    this.name = info.name;
    this.byteLength = info.byteLength;
    this.#path = info.path;
    this.#file = new PositionedFile(file);
  }

  async read(target: Uint8Array, position: number, options: ReadOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    checkRange(this, position, target.byteLength);
    const count = await this.#file.read(target, position, options.signal);
    if (count < target.byteLength) {
      throw new FormatError(
        `Cannot read "${this.name}": it now ends at byte ${
          position + count
        }, it had ${this.byteLength} bytes when opened`,
        { file: this.name, offset: position + count },
      );
    }
  }

  async openSibling(relativePath: string): Promise<ByteSource> {
    const folder = dirname(this.#path);
    const path = join(folder, ...splitSiblingPath(this.name, relativePath));
    const sibling = await openFile(path);
    try {
      // Only the real paths show where symbolic links lead.
      const realFolder = await Deno.realPath(folder);
      const realPath = await Deno.realPath(path);
      if (!realPath.startsWith(join(realFolder, "/"))) {
        throw new FormatError(
          `Cannot open ${
            JSON.stringify(relativePath)
          } beside "${this.name}": a symbolic link leads out of the folder`,
          { file: this.name, expected: "a file in the folder", found: relativePath },
        );
      }
    } catch (error) {
      await sibling[Symbol.asyncDispose]();
      throw error;
    }
    return sibling;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }
}

/**
 * Opens a local file.
 *
 * @param path Its path.
 * @param name What messages call it.
 * @throws {FormatError} If there is no such file, or it is not a regular file.
 */
export async function openFile(path: string, name: string = path): Promise<ByteSource> {
  if (path.includes("\0")) throw openError(name, "the path contains a NUL character");
  let file: Deno.FsFile;
  try {
    // Before opening: that would wait for ever on a named pipe.
    const info = await Deno.stat(path);
    if (!info.isFile) {
      throw openError(name, info.isDirectory ? "it is a folder" : "it is not a regular file");
    }
    file = await Deno.open(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw openError(name, "there is no such file", error);
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw openError(name, "reading it is not permitted", error);
    }
    throw error;
  }
  try {
    const { size } = await file.stat();
    return new FileSource(file, { path, name, byteLength: size });
  } catch (error) {
    file.close();
    throw error;
  }
}

function openError(file: string, problem: string, cause?: unknown): FormatError {
  return new FormatError(`Cannot open ${JSON.stringify(file)}: ${problem}`, { file, cause });
}
