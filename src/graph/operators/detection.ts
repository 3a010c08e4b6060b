import { floatAttribute, floatsAttribute, intAttribute, stringAttribute } from "../attributes.ts";
import { formatShape, nodeError, requireDtype, requireShape } from "./operator_call.ts";
import type { OperatorCall, OperatorTable, TensorType } from "./operator_schema.ts";

/** Ways to state a box relative to its anchor, with the names of Caffe's SSD. */
export const BOX_CODES = ["CORNER", "CENTER_SIZE", "CORNER_SIZE"] as const;

const ATTRIBUTES = [
  "background_class_idx",
  "code_type",
  "confidence_threshold",
  "delta_scaling_factors",
  "detection_limit",
  "iou_threshold",
  "keep_top_k",
] as const;

/**
 * The last step of a detector, which ONNX has no operator for; the names are QNN's.
 *
 * Inputs: scores `[1, N, C]`, boxes `[1, N, 4]` relative to anchors `[N, 4]`. For `code_type`
 * CENTER_SIZE an anchor is the center x, y, the width and the height, else xmin, ymin, xmax, ymax.
 * A box is multiplied by `delta_scaling_factors` before it is decoded.
 *
 * For each class but `background_class_idx` (-1: there is none) the `detection_limit` boxes of the
 * highest scores above `confidence_threshold` go through non-maximum suppression with
 * `iou_threshold`. What is left of all classes, at most the `keep_top_k` of the highest scores, is
 * ordered by class, then by falling score.
 *
 * Outputs, with K = `keep_top_k`: scores `[1, K]`, boxes `[1, K, 4]` (xmin, ymin, xmax, ymax), classes
 * `[1, K]` (int32), the number of detections `[1]` (uint32). Rows behind them hold score and box 0 and
 * class -1.
 */
function inferDetectionOutput(call: OperatorCall): readonly TensorType[] {
  const { node } = call;
  for (const index of [0, 1, 2]) requireDtype(call, { index, dtypes: ["float32"] });
  const [, boxes = 0, classes = 0] = call.inputs[0]?.shape ?? [];
  requireShape(call, { index: 0, shape: [1, boxes, classes] });
  requireShape(call, { index: 1, shape: [1, boxes, 4] });
  requireShape(call, { index: 2, shape: [boxes, 4] });
  const keep = intAttribute(node, "keep_top_k", 0);
  const within = (name: string, value: number, least: number, most: number): void => {
    if (value >= least && value <= most) return;
    const expected = `${least} to ${most}`;
    throw nodeError(node, { what: `attribute "${name}"`, found: `${value}`, expected });
  };
  within("keep_top_k", keep, 1, 2 ** 31 - 1);
  within("detection_limit", intAttribute(node, "detection_limit", 0), 1, boxes);
  within("background_class_idx", intAttribute(node, "background_class_idx", 0), -1, classes - 1);
  within("iou_threshold", floatAttribute(node, "iou_threshold", -1), 0, 1);
  const threshold = floatAttribute(node, "confidence_threshold", 0);
  within("confidence_threshold", threshold, -Number.MAX_VALUE, Number.MAX_VALUE);
  const factors = floatsAttribute(node, "delta_scaling_factors") ?? [];
  if (factors.length !== 4 || !factors.every(Number.isFinite)) {
    throw nodeError(node, {
      what: 'attribute "delta_scaling_factors"',
      found: formatShape(factors),
      expected: "4 numbers",
    });
  }
  const code = stringAttribute(node, "code_type", "");
  if (!BOX_CODES.some((known) => known === code)) {
    throw nodeError(node, {
      what: 'attribute "code_type"',
      found: `"${code.slice(0, 64)}"`,
      expected: BOX_CODES.join(", "),
    });
  }
  return [
    { dtype: "float32", shape: [1, keep] },
    { dtype: "float32", shape: [1, keep, 4] },
    { dtype: "int32", shape: [1, keep] },
    { dtype: "uint32", shape: [1] },
  ];
}

/** Operators at the end of detectors. */
export const DETECTION: OperatorTable = {
  DetectionOutput: {
    inputs: [3, 3],
    outputs: [4, 4],
    attributes: ATTRIBUTES,
    infer: inferDetectionOutput,
  },
};
