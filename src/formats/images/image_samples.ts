import { FormatError } from "../../errors.ts";
import { basename, extname, join, relative } from "../../std/path.ts";
import type { Sample, SampleSource } from "../../tensor/mod.ts";
import { decodeImage, IMAGE_ENDINGS } from "./decode_image.ts";
import { preprocess, type PreprocessOptions } from "./preprocess.ts";

/** Photos as samples of a network with one image input. */
export interface ImageSamples extends SampleSource {
  /** The photo files, in the order of the samples. */
  readonly paths: readonly string[];
}

/**
 * Lists the photos in a folder and everything below it, sorted by path.
 *
 * @param folder The folder.
 * @throws {FormatError} If it holds no JPEG or PNG file.
 */
export async function listImages(folder: string): Promise<string[]> {
  const found: string[] = [];
  const pending = [folder];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    for await (const entry of Deno.readDir(current)) {
      const path = join(current, entry.name);
      if (entry.isDirectory) pending.push(path);
      else if (IMAGE_ENDINGS.includes(extname(entry.name).toLowerCase())) found.push(path);
    }
  }
  if (found.length === 0) {
    throw new FormatError(
      `Cannot read images from "${folder}": no file there ends in ${IMAGE_ENDINGS.join(", ")}`,
      { file: folder },
    );
  }
  return found.sort();
}

/**
 * Makes samples of photos. A photo is decoded when its sample is read, and not kept.
 *
 * @param paths The photo files.
 * @param input Name and shape of the network's image input.
 * @param options Resize, crop, mean, std, channel order.
 */
export function imageSamples(
  paths: readonly string[],
  input: { readonly name: string; readonly shape: readonly number[] },
  options: PreprocessOptions = {},
): ImageSamples {
  return {
    paths,
    length: paths.length,
    async read(index, { signal } = {}): Promise<Sample> {
      signal?.throwIfAborted();
      const path = paths[index];
      if (path === undefined) {
        throw new RangeError(`Cannot read photo ${index}: there are ${paths.length}`);
      }
      const pixels = await decodeImage(path);
      return new Map([[input.name, preprocess(pixels, input, options)]]);
    },
  };
}

/** The keys under which a labels file may name a photo: its path below the folder, or its name. */
export function labelKeys(folder: string, path: string): readonly string[] {
  return [relative(folder, path), basename(path)];
}
