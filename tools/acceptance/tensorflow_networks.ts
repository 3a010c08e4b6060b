import { type Model, openModel } from "dlcstream";
import type { Normalization } from "./networks.ts";
import type { Shared } from "./shared.ts";

/** A frozen graph of the shared folder. */
export interface TensorflowNetwork extends Normalization {
  /** Its file below `models/`. */
  readonly file: string;
  /** Its name in the list of known outputs. */
  readonly golden: string;
  /** Its set and name in the list of accuracies. */
  readonly accuracy: readonly [set: string, name: string];
}

/** All frozen graphs with known outputs, with the preprocessing of the catalogue. */
export const TENSORFLOW_NETWORKS = {
  mobilenet: {
    file: "imagenet/mobilenet_v1_0.25_224/frozen.pb",
    golden: "mobilenet_v1_0.25_224",
    accuracy: ["imagenet_sample", "mobilenet_v1_0.25_224 (frozen.pb)"],
    mean: 127.5,
    std: 127.5,
  },
  resnet8: {
    file: "cifar10/resnet8/frozen.pb",
    golden: "resnet8",
    accuracy: ["cifar10_jpegdecoded", "resnet8 (frozen.pb)"],
    mean: 0,
    std: 1,
  },
  person: {
    file: "person/vww_mobilenet_v1_0.25_96/frozen.pb",
    golden: "vww_96",
    accuracy: ["person_from_coco_val2017", "vww_96 (frozen.pb)"],
    mean: 0,
    std: 255,
  },
  lenet5: {
    file: "tf_frozen/lenet5_small_28x28/frozen_model.pb",
    golden: "tf_frozen/lenet5_small_28x28",
    accuracy: ["mnist", "lenet5_small (frozen.pb, digits 0,1,2 only)"],
    mean: 0,
    std: 1,
  },
} as const satisfies Readonly<Record<string, TensorflowNetwork>>;

/** Opens a network. */
export function openTensorflowNetwork(shared: Shared, network: TensorflowNetwork): Promise<Model> {
  return openModel(shared.path("models", network.file));
}

/** Turns an image with its channels first into one with its channels last. */
export function channelsLast(planes: Uint8Array, channels: number): Uint8Array {
  const places = planes.length / channels;
  return Uint8Array.from(
    planes,
    (_, index) => planes[index % channels * places + Math.floor(index / channels)] ?? 0,
  );
}
