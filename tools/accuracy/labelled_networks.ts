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

/** A network with labelled images. */
export interface LabelledNetwork {
  /** Its name. */
  readonly title: string;
  /** Its file, in the folder of the models. */
  readonly file: string;
  /** What the samples of the report are. */
  readonly data: string;
  /** Finds its samples. */
  samples(shared: Shared, model: Model): Promise<LabelledSamples>;
}

const CALIBRATION_PHOTOS = 60;
const CALIBRATION_IMAGES = 100;
const REPORTED_IMAGES = 500;

/** Networks on photos of ImageNet. */
function photos(title: string, network: Network, firstClass: number): LabelledNetwork {
  return {
    title,
    file: network.file,
    data: "photos of ImageNet",
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
        samples: part(CALIBRATION_PHOTOS, list.length),
        labels: list.slice(CALIBRATION_PHOTOS).map(({ label }) => label + firstClass),
      };
    },
  };
}

/** All networks of the report. */
export const LABELLED_NETWORKS: readonly LabelledNetwork[] = [
  // Its class 0 is the background.
  photos("MobileNetV2 1.0", NETWORKS.mobilenetV2, 1),
  photos("MobileNetV1 0.25", NETWORKS.mobilenetV1, 0),
  {
    title: "ResNet8",
    file: NETWORKS.resnet8.file,
    data: "test images of CIFAR-10",
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
