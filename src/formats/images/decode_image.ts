import { FormatError } from "../../errors.ts";

/** A decoded photo: 8-bit RGBA, row by row from the top left. */
export interface Pixels {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** `4 * width * height` bytes: red, green, blue, alpha. */
  readonly data: Uint8ClampedArray;
}

/** The largest photo file that is decoded; a decoder holds the whole file. */
export const MAX_IMAGE_BYTES = 256 * 1024 * 1024;

/** Endings of the image files that are read, in lower case. */
export const IMAGE_ENDINGS: readonly string[] = [".jpg", ".jpeg", ".png"];

let codecs: Promise<typeof import("./codecs.ts")> | undefined;

/** Loads the codecs once. The name is a variable so that they stay out of the static graph. */
export function loadCodecs(): Promise<typeof import("./codecs.ts")> {
  codecs ??= load();
  return codecs;
}

async function load(): Promise<typeof import("./codecs.ts")> {
  const door = "./codecs.ts";
  const loaded: typeof import("./codecs.ts") = await import(new URL(door, import.meta.url).href);
  // A damaged photo is told by an error of ours, not by lines that the decoder prints.
  await loaded.initializeJpeg({ printErr() {} });
  return loaded;
}

/**
 * Decodes a JPEG or PNG file; which of them is told by its first bytes.
 *
 * @param path The file.
 * @throws {FormatError} If it is neither, is too large, or does not decode.
 */
export async function decodeImage(path: string): Promise<Pixels> {
  const { size } = await Deno.stat(path);
  if (size > MAX_IMAGE_BYTES) {
    throw new FormatError(
      `Cannot decode image "${path}": it has ${size} bytes, at most ${MAX_IMAGE_BYTES} are read`,
      { file: path },
    );
  }
  const bytes = await Deno.readFile(path);
  const { decodeJpeg, decodePng } = await loadCodecs();
  const decode = isJpeg(bytes) ? decodeJpeg : isPng(bytes) ? decodePng : undefined;
  if (decode === undefined) {
    throw new FormatError(`Cannot decode image "${path}": it is neither a JPEG nor a PNG file`, {
      file: path,
      offset: 0,
    });
  }
  try {
    const { width, height, data } = await decode(bytes.buffer);
    return { width, height, data };
  } catch (cause) {
    throw new FormatError(`Cannot decode image "${path}": the file is damaged`, {
      file: path,
      cause,
    });
  }
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

function isPng(bytes: Uint8Array): boolean {
  return bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47;
}
