import type { Model, SampleSource } from "dlcstream";
import { byteSamples, type Network, NETWORKS } from "../acceptance/networks.ts";
import type { Shared } from "../acceptance/shared.ts";

/** What a network is calibrated on and measured by. */
export interface LabelledSamples {
  /** For calibration. */
  readonly calibration: SampleSource;
  /** For the report; none of the others. */
  readonly samples: SampleSource;
  /** The right class of each sample of the report. */
  readonly labels: readonly number[];
}

/** What ONNX Runtime's own quantizer makes of a network: top-1 in percent on the same photos. */
export interface Peer {
  /** How it calibrates. */
  readonly name: string;
  /** With one encoding a tensor. */
  readonly perTensor: number;
  /** With one a channel. */
  readonly perChannel?: number;
}

/** A network with labelled images. */
export interface LabelledNetwork {
  /** Its name. */
  readonly title: string;
  /** Its file, in the folder of the models. */
  readonly file: string;
  /** What it is calibrated on. */
  readonly calibrated: string;
  /** How many others are counted. */
  readonly counted: number;
  /** Whether published figures of the algorithms are of this architecture. */
  readonly isPublished?: boolean;
  /** What others make of it; measured once, by hand. */
  readonly peers?: readonly Peer[];
  /** Finds its samples. */
  samples(shared: Shared, model: Model): Promise<LabelledSamples>;
}

const CALIBRATION_PHOTOS = 60;
const REPORTED_PHOTOS = 100;
const CALIBRATION_IMAGES = 100;
const REPORTED_IMAGES = 500;

/** Networks on photos of ImageNet. */
function photos(
  title: string,
  network: Network,
  { firstClass, ...others }:
    & { readonly firstClass: 0 | 1 }
    & Pick<LabelledNetwork, "peers" | "isPublished">,
): LabelledNetwork {
  return {
    title,
    file: network.file,
    calibrated: `${CALIBRATION_PHOTOS} photos of ImageNet`,
    counted: REPORTED_PHOTOS,
    ...others,
    async samples(shared, model) {
      const list = await shared.imagenet();
      const part = (start: number, end: number) =>
        byteSamples(model, {
          length: end - start,
          read: (index) =>
            shared.photo(list[start + index]?.path ?? "", [1, 3, 224, 224], { resize: 256 }),
        }, network);
      return {
        calibration: part(0, CALIBRATION_PHOTOS),
        samples: part(CALIBRATION_PHOTOS, CALIBRATION_PHOTOS + REPORTED_PHOTOS),
        labels: list.slice(CALIBRATION_PHOTOS).map(({ label }) => label + firstClass),
      };
    },
  };
}

/** All networks of the report. */
export const LABELLED_NETWORKS: readonly LabelledNetwork[] = [
  photos("MobileNetV2 1.0", NETWORKS.mobilenetV2, {
    // Its class 0 is the background.
    firstClass: 1,
    isPublished: true,
    peers: [
      { name: "ONNX Runtime's quantizer, MinMax", perTensor: 2, perChannel: 91 },
      { name: "ONNX Runtime's quantizer, Percentile", perTensor: 3 },
    ],
  }),
  photos("MobileNetV1 0.25", NETWORKS.mobilenetV1, {
    firstClass: 0,
    peers: [{ name: "ONNX Runtime's quantizer, MinMax", perTensor: 0, perChannel: 45 }],
  }),
  {
    title: "ResNet8",
    file: NETWORKS.resnet8.file,
    calibrated: `${CALIBRATION_IMAGES} test images of CIFAR-10`,
    counted: REPORTED_IMAGES,
    async samples(shared, model) {
      const images = await shared.cifar(CALIBRATION_IMAGES + REPORTED_IMAGES);
      const part = (start: number, end: number) =>
        byteSamples(model, {
          length: end - start,
          read: (index) => images[start + index]?.pixels ?? new Uint8Array(),
        }, NETWORKS.resnet8);
      return {
        calibration: part(0, CALIBRATION_IMAGES),
        samples: part(CALIBRATION_IMAGES, images.length),
        labels: images.slice(CALIBRATION_IMAGES).map(({ label }) => label),
      };
    },
  },
];
