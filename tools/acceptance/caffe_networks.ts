import { type DenseTensor, type Model, openModel, type SampleSource } from "dlcstream";
import { channelsFirst } from "./networks.ts";
import type { Shared } from "./shared.ts";

/** A Caffe network of the shared folder. */
export interface CaffeNetwork {
  /** Its files below `models/`. */
  readonly text: string;
  readonly weights: string;
  /** Its name in the list of known outputs. */
  readonly golden: string;
  /** Turns the bytes of an image, red first and channels first, into what the network reads. */
  normalize(shared: Shared): Promise<(byte: number, place: number) => number>;
  /** Whether it reads blue first. */
  readonly blueFirst?: true;
}

/** Means of squeezenet's channels, blue first. */
const MEANS = [104, 117, 123];

/** Bytes before the packed floats of `mean.binaryproto`: four dimensions, tag, length. */
const MEAN_HEADER_BYTES = 11;

/** All Caffe networks, with the preprocessing of the catalogue. */
export const CAFFE_NETWORKS = {
  lenet: {
    text: "mnist/lenet_caffe/deploy.prototxt",
    weights: "mnist/lenet_caffe/lenet_iter_10000.caffemodel",
    golden: "lenet_caffe",
    normalize: () => Promise.resolve((byte) => byte / 256),
  },
  quick: {
    text: "cifar10/quick_caffe/deploy.prototxt",
    weights: "cifar10/quick_caffe/cifar10_quick_iter_5000.caffemodel",
    golden: "quick_caffe_5000",
    async normalize(shared) {
      const bytes = await Deno.readFile(shared.path("models/cifar10/quick_caffe/mean.binaryproto"));
      const mean = new Float32Array(bytes.slice(MEAN_HEADER_BYTES).buffer);
      return (byte, place) => byte - (mean[place] ?? NaN);
    },
  },
  squeezenet: {
    text: "imagenet/squeezenet_v1.0/deploy.prototxt",
    weights: "imagenet/squeezenet_v1.0/squeezenet_v1.0_decompressed.caffemodel",
    golden: "squeezenet_v1.0",
    blueFirst: true,
    normalize: () => {
      return Promise.resolve((byte, place) => byte - (MEANS[Math.floor(place / 227 ** 2)] ?? NaN));
    },
  },
  face: {
    text: "face/ultraface_rfb_320/RFB-320.prototxt",
    weights: "face/ultraface_rfb_320/RFB-320.caffemodel",
    golden: "RFB-320 (caffe and onnx)",
    normalize: () => Promise.resolve((byte) => (byte - 127) / 128),
  },
} as const satisfies Readonly<Record<string, CaffeNetwork>>;

/** Opens a network. */
export function openCaffeNetwork(shared: Shared, network: CaffeNetwork): Promise<Model> {
  const weights = shared.path("models", network.weights);
  return openModel(shared.path("models", network.text), { weights });
}

/** Images, red first and channels first, as samples of a network's only input. */
export async function caffeSamples(
  shared: Shared,
  { network, model, images }: {
    readonly network: CaffeNetwork;
    readonly model: Model;
    readonly images: {
      readonly length: number;
      read(index: number): Promise<Uint8Array> | Uint8Array;
    };
  },
): Promise<SampleSource> {
  const [input] = model.inputs;
  if (input === undefined) throw new RangeError(`Network "${model.name}" has no input`);
  const normalize = await network.normalize(shared);
  return {
    length: images.length,
    async read(index) {
      const bytes = await images.read(index);
      const ordered = network.blueFirst ? reversePlanes(bytes) : bytes;
      const data = Float32Array.from(ordered, normalize);
      const tensor: DenseTensor = { dtype: "float32", shape: input.shape, data };
      return new Map([[input.name, tensor]]);
    },
  };
}

function reversePlanes(bytes: Uint8Array): Uint8Array {
  const size = bytes.length / 3;
  const planes = new Uint8Array(bytes.length);
  for (let plane = 0; plane < 3; plane++) {
    planes.set(bytes.subarray(plane * size, (plane + 1) * size), (2 - plane) * size);
  }
  return planes;
}

interface GoldenFile {
  readonly file: string;
}

interface GoldenEntry {
  readonly model: string;
  readonly source: string;
  readonly pixels?: { readonly file: string; readonly shape: readonly [number, number, number] };
  readonly output: GoldenFile | readonly GoldenFile[];
}

/** Images of a network, and for each of its outputs the values of all images in a row. */
export interface KnownOutputs {
  readonly images: readonly Uint8Array[];
  readonly outputs: readonly (readonly number[])[];
}

/** Reads the known outputs of a network. */
export async function knownOutputs(
  shared: Shared,
  { golden }: CaffeNetwork,
): Promise<KnownOutputs> {
  const index = await shared.json("data/golden/index.json") as {
    readonly entries: readonly GoldenEntry[];
  };
  const images: Uint8Array[] = [];
  const outputs: number[][] = [];
  for (const { model, source, pixels, output } of index.entries) {
    if (model !== golden) continue;
    if (pixels !== undefined) {
      const bytes = await Deno.readFile(shared.path("data/golden", pixels.file));
      images.push(channelsFirst(bytes, pixels.shape));
    } else {
      const set = source.endsWith("data/mnist") ? await shared.mnist(16) : await shared.cifar(16);
      images.push(...set.map((image) => image.pixels));
    }
    for (const [position, { file }] of [output].flat().entries()) {
      (outputs[position] ??= []).push(...await shared.floats("data/golden", file));
    }
  }
  return { images, outputs };
}
