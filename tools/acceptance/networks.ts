import type { DenseTensor, Model, Sample, SampleSource } from "dlcstream";

/** What a network does to a byte of its input image: `(byte - mean) / std`. */
export interface Normalization {
  readonly mean: number;
  readonly std: number;
}

/** A network of the shared folder that dlcstream opens. */
export interface Network extends Normalization {
  /** The model's file below `models/`. */
  readonly file: string;
  /** Its name in the list of known outputs. */
  readonly golden: string;
}

/** All ONNX models, with the preprocessing of the catalogue. */
export const NETWORKS = {
  mobilenetV1: {
    file: "imagenet/mobilenet_v1_0.25_224/model.onnx",
    golden: "mobilenet_v1_0.25_224",
    mean: 127.5,
    std: 127.5,
  },
  mobilenetV1External: {
    file: "imagenet/mobilenet_v1_0.25_224/external_data/model.onnx",
    golden: "mobilenet_v1_0.25_224",
    mean: 127.5,
    std: 127.5,
  },
  mobilenetV2: {
    file: "imagenet/mobilenet_v2_1.0_224/model.onnx",
    golden: "mobilenet_v2_1.0_224",
    mean: 127.5,
    std: 127.5,
  },
  mnist: { file: "mnist/cntk/mnist.onnx", golden: "mnist_cntk", mean: 0, std: 1 },
  resnet8: { file: "cifar10/resnet8/model.onnx", golden: "resnet8", mean: 0, std: 1 },
  person: {
    file: "person/vww_mobilenet_v1_0.25_96/model.onnx",
    golden: "vww_96",
    mean: 0,
    std: 255,
  },
  fastestDet: {
    file: "detection/fastestdet/FastestDet.onnx",
    golden: "FastestDet",
    mean: 0,
    std: 255,
  },
  face: {
    file: "face/ultraface_rfb_320/version-RFB-320_simplified.onnx",
    golden: "RFB-320 (caffe and onnx)",
    mean: 127,
    std: 128,
  },
  faceUnfolded: {
    file: "face/ultraface_rfb_320/version-RFB-320_without_postprocessing.onnx",
    golden: "RFB-320 (caffe and onnx)",
    mean: 127,
    std: 128,
  },
} as const satisfies Readonly<Record<string, Network>>;

/**
 * Images as samples of a network's only input.
 *
 * @param model The network.
 * @param images How many images there are, and the bytes of each in the input's layout.
 * @param normalization What becomes of a byte.
 */
export function byteSamples(
  model: Model,
  images: { readonly length: number; read(index: number): Promise<Uint8Array> | Uint8Array },
  { mean, std }: Normalization,
): SampleSource {
  const [input] = model.inputs;
  if (input === undefined) throw new RangeError(`Network "${model.name}" has no input`);
  const values = Float32Array.from({ length: 256 }, (_, byte) => (byte - mean) / std);
  return {
    length: images.length,
    async read(index): Promise<Sample> {
      const bytes = await images.read(index);
      const data = new Float32Array(bytes.length);
      for (let place = 0; place < bytes.length; place++) {
        data[place] = values[bytes[place] ?? 0] ?? 0;
      }
      const tensor: DenseTensor = { dtype: "float32", shape: input.shape, data };
      return new Map([[input.name, tensor]]);
    },
  };
}

/** Turns an image with its channels last into one with its channels first. */
export function channelsFirst(
  pixels: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
): Uint8Array {
  const planes = new Uint8Array(pixels.length);
  for (let place = 0; place < height * width; place++) {
    for (let channel = 0; channel < channels; channel++) {
      planes[channel * height * width + place] = pixels[place * channels + channel] ?? 0;
    }
  }
  return planes;
}
