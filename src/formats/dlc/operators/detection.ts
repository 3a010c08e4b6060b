import { floatAttribute, floatsAttribute, intAttribute, type Node } from "../../../graph/mod.ts";
import type { DlcOperator } from "../document.ts";
import { attribute, inputOf, type NormalGraph, shapeOf } from "../normal/normal_graph.ts";
import { SUPPRESSION_BY_CLASS } from "../unconfirmed_operators.ts";
import {
  operatorError,
  type OperatorReader,
  type ReadOperator,
  unknownSetting,
} from "./operator_reader.ts";
import { type OperatorDraft, parameter, type WriteOperator } from "./operator_writer.ts";

/** The end of detectors. */
export const READ_DETECTION: Readonly<Record<string, ReadOperator>> = {
  DetectionOutput: readDetectionOutput,
};

/** The end of detectors. */
export const WRITE_DETECTION: Readonly<Record<string, WriteOperator>> = {
  DetectionOutput: writeDetectionOutput,
};

/** The rows of its outputs say how many detections are kept; no background is one that counts. */
function writeDetectionOutput(node: Node, graph: NormalGraph): OperatorDraft {
  const background = intAttribute(node, "background_class_idx", 0);
  const limit = intAttribute(node, "detection_limit", 0);
  const [, boxes = 0] = shapeOf(graph, inputOf(node, 0));
  return {
    type: "DetectionOutput",
    parameters: [
      parameter.uint("background_class_idx", Math.max(background, 0)),
      parameter.float("confidence_threshold", floatAttribute(node, "confidence_threshold", 0)),
      parameter.floats(
        "delta_scaling_factors",
        floatsAttribute(node, "delta_scaling_factors") ?? [],
      ),
      ...limit < boxes ? [parameter.int("detection_limit", limit)] : [],
      parameter.float("iou_threshold", floatAttribute(node, "iou_threshold", 0)),
      parameter.float("nms_eta", 1),
      parameter.uint("nms_type", SUPPRESSION_BY_CLASS),
      parameter.boolean("output_background", background < 0),
      parameter.boolean("share_location", true),
      parameter.boolean("use_bg_in_nms", background < 0),
    ],
  };
}

function readDetectionOutput(operator: DlcOperator, reader: OperatorReader): void {
  requireFlag(operator, reader, { name: "nms_type", value: SUPPRESSION_BY_CLASS, fallback: 0 });
  requireFlag(operator, reader, { name: "share_location", value: 1, fallback: 1 });
  const eta = reader.float(operator, "nms_eta", 1);
  if (eta !== 1) throw unknownSetting(operator, "nms_eta", { value: eta, works: "1" });
  const scores = reader.input(operator, 0);
  const shape = reader.shape(operator, scores);
  const [, boxes = 0, classes = 0] = shape;
  if (shape.length !== 3) {
    throw operatorError(operator, `its scores have dims [${shape}]`, "3 dims");
  }
  const kept = reader.shape(operator, reader.output(operator, 0));
  const limit = reader.integer(operator, "detection_limit", -1);
  reader.graph.emit(operator.name, {
    operator: "DetectionOutput",
    inputs: [scores, reader.input(operator, 1), reader.input(operator, 2)],
    outputs: [0, 1, 2, 3].map((index) => reader.output(operator, index)),
    attributes: {
      background_class_idx: attribute.int(backgroundOf(operator, reader, classes)),
      code_type: attribute.string("CENTER_SIZE"),
      confidence_threshold: attribute.float(reader.float(operator, "confidence_threshold")),
      delta_scaling_factors: attribute.floats(
        reader.listOf(operator, "delta_scaling_factors", { length: 4, fallback: [1, 1, 1, 1] }),
      ),
      detection_limit: attribute.int(limit > 0 ? Math.min(limit, boxes) : boxes),
      iou_threshold: attribute.float(reader.float(operator, "iou_threshold")),
      keep_top_k: attribute.int(kept[1] ?? 0),
    },
  });
}

/**
 * The class that is never found; -1 if there is none. One that takes no part in the suppression is not
 * found either, whatever `output_background` says: converters set that for networks of Caffe.
 */
function backgroundOf(operator: DlcOperator, reader: OperatorReader, classes: number): number {
  const background = reader.integer(operator, "background_class_idx", 0);
  if (reader.integer(operator, "use_bg_in_nms", 0) === 0) {
    return background >= 0 && background < classes ? background : -1;
  }
  requireFlag(operator, reader, { name: "output_background", value: 1, fallback: 1 });
  return -1;
}

function requireFlag(
  operator: DlcOperator,
  reader: OperatorReader,
  { name, value, fallback }: {
    readonly name: string;
    readonly value: number;
    readonly fallback: number;
  },
): void {
  const found = reader.integer(operator, name, fallback);
  if (found !== value) throw unknownSetting(operator, name, { value: found, works: `${value}` });
}
