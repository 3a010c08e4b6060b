import { join } from "@std/path";
import { decodeImage, preprocess, type PreprocessOptions } from "dlcstream";

/** A labelled photo of the ImageNet sample. */
export interface Photo {
  /** Its file. */
  readonly path: string;
  /** Its class, from 0 to 999. */
  readonly label: number;
}

/** An image of a set as bytes, channels first. */
export interface LabelledImage {
  /** The bytes, row by row, one channel after the other. */
  readonly pixels: Uint8Array;
  /** Its class. */
  readonly label: number;
}

const CIFAR_BYTES = 3 * 32 * 32;
const MNIST_BYTES = 28 * 28;

/** The folder with models, data and vectors; what several checks read is kept. */
export class Shared {
  readonly #folder: string;
  readonly #photos = new Map<string, Uint8Array>();

  /** Takes the folder. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A file in the folder. */
  path(...parts: string[]): string {
    return join(this.#folder, ...parts);
  }

  /** Reads a JSON file. */
  async json(...parts: string[]): Promise<unknown> {
    return JSON.parse(await Deno.readTextFile(this.path(...parts)));
  }

  /** Reads a raw float32 file. */
  async floats(...parts: string[]): Promise<Float32Array> {
    return new Float32Array((await Deno.readFile(this.path(...parts))).buffer);
  }

  /** The photos of the ImageNet sample in the order of its list. */
  async imagenet(): Promise<Photo[]> {
    const text = await Deno.readTextFile(this.path("data/imagenet_sample/labels.csv"));
    return text.trim().split("\n").slice(1).map((line) => {
      const [file = "", , label] = line.split(",");
      return { path: this.path("data/imagenet_sample", file), label: Number(label) };
    });
  }

  /** A photo after resizing and cropping, as bytes in the layout of the shape `[1, 3, h, w]`. */
  async photo(
    path: string,
    shape: readonly number[],
    options: Pick<PreprocessOptions, "resize">,
  ): Promise<Uint8Array> {
    const key = `${path} ${shape} ${options.resize}`;
    let bytes = this.#photos.get(key);
    if (bytes === undefined) {
      const tensor = preprocess(await decodeImage(path), { name: path, shape }, options);
      bytes = Uint8Array.from(tensor.data as Float32Array);
      this.#photos.set(key, bytes);
    }
    return bytes;
  }

  /** The first CIFAR-10 images. */
  async cifar(count: number): Promise<LabelledImage[]> {
    const bytes = await Deno.readFile(
      this.path("data/cifar10/cifar10_test_jpegdecoded_00000-00999.bin"),
    );
    return Array.from({ length: count }, (_, index) => {
      const start = index * (CIFAR_BYTES + 1);
      const pixels = bytes.subarray(start + 1, start + 1 + CIFAR_BYTES);
      return { pixels, label: bytes[start] ?? 0 };
    });
  }

  /** The first MNIST images. */
  async mnist(count: number): Promise<LabelledImage[]> {
    const images = await this.#gunzip("data/mnist/t10k-00000-01999-images-idx3-ubyte.gz");
    const labels = await this.#gunzip("data/mnist/t10k-00000-01999-labels-idx1-ubyte.gz");
    return Array.from({ length: count }, (_, index) => {
      const start = 16 + index * MNIST_BYTES;
      return {
        pixels: images.subarray(start, start + MNIST_BYTES),
        label: labels[8 + index] ?? 0,
      };
    });
  }

  async #gunzip(path: string): Promise<Uint8Array> {
    const file = await Deno.open(this.path(path));
    const stream = file.readable.pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
}
