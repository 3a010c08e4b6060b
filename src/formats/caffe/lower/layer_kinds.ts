import { suggestName } from "../../../nearest_name.ts";
import type { LowerLayer } from "./layer_context.ts";
import { ACTIVATION_LAYERS } from "./layers/activation.ts";
import { COMBINING_LAYERS } from "./layers/combining.ts";
import { CONSTANT_LAYERS } from "./layers/constants.ts";
import { CONVOLUTION_LAYERS } from "./layers/convolution.ts";
import { DETECTION_LAYERS } from "./layers/detection.ts";
import { MATRIX_LAYERS } from "./layers/inner_product.ts";
import { NORMALIZATION_LAYERS } from "./layers/normalization.ts";
import { POOLING_LAYERS } from "./layers/pooling.ts";
import { SAMPLING_LAYERS } from "./layers/sampling.ts";
import { SHAPING_LAYERS } from "./layers/shaping.ts";
import { STATISTICS_LAYERS } from "./layers/statistics.ts";

/** Layers that become nodes. */
export const LAYERS: ReadonlyMap<string, LowerLayer> = new Map(Object.entries({
  ...ACTIVATION_LAYERS,
  ...COMBINING_LAYERS,
  ...CONSTANT_LAYERS,
  ...CONVOLUTION_LAYERS,
  ...DETECTION_LAYERS,
  ...MATRIX_LAYERS,
  ...NORMALIZATION_LAYERS,
  ...POOLING_LAYERS,
  ...SAMPLING_LAYERS,
  ...SHAPING_LAYERS,
  ...STATISTICS_LAYERS,
}));

/** Layers whose tops are network inputs. */
export const INPUT_LAYERS: ReadonlySet<string> = new Set([
  ...["Input", "Data", "ImageData", "HDF5Data", "MemoryData", "DummyData", "AnnotatedData"],
  ...["VideoData", "WindowData"],
]);

/** Layers whose tops are their bottom when a network is not trained. */
export const PASSING_LAYERS: ReadonlySet<string> = new Set(["Dropout", "Split"]);

/** Layers that only training or testing needs. What they read counts as not read. */
export const TRAINING_LAYERS: ReadonlySet<string> = new Set([
  ...["Accuracy", "ContrastiveLoss", "DetectionEvaluate", "EuclideanLoss", "HDF5Output"],
  ...["HingeLoss", "InfogainLoss", "MultiBoxLoss", "MultinomialLogisticLoss"],
  ...["SigmoidCrossEntropyLoss", "SmoothL1Loss", "SoftmaxWithLoss"],
]);

/** Why well-known layers do not convert, and what would. */
export const REFUSALS: ReadonlyMap<string, string> = new Map([
  ["Python", "it is a program; end the network in front of it with --out-node"],
  ...["LSTM", "RNN", "Recurrent"].map((type) =>
    [type, "recurrent layers are not supported; convert the network from ONNX"] as const
  ),
  ...["Proposal", "ROIPooling", "PSROIPooling"].map((type) =>
    [
      type,
      "it works on regions whose number depends on the data; end the network in front of it with " +
      "--out-node",
    ] as const
  ),
]);

/** Says why a layer type does not convert, and what would. */
export function refusalOf(type: string): string {
  const refusal = REFUSALS.get(type);
  if (refusal !== undefined) return refusal;
  return `layers of type "${type}" are not supported` +
    (suggestName(type, LAYERS.keys(), "; the nearest that works is") ||
      "; docs/operators.md lists those that are");
}
