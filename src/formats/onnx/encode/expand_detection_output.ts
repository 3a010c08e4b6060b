import {
  floatAttribute,
  floatsAttribute,
  intAttribute,
  type Node,
  onnxCodeOfDataType,
  stringAttribute,
} from "../../../graph/mod.ts";
import type { NodeComposer } from "./node_composer.ts";

/** Above every label: what stands in rows without a detection while they are sorted. */
const NO_LABEL = 2 ** 31;

/** Detections in a row of their own, an unknown number of them. */
interface Detections {
  /** `[n]`. */
  readonly scores: string;
  /** `[n, 4]`. */
  readonly boxes: string;
  /** `[n]`, int64. */
  readonly labels: string;
}

/**
 * Says the graph's DetectionOutput by ONNX operators. How many boxes the suppression leaves depends on
 * the data, but rows without a detection are added and the best are taken, so that the shapes of what
 * comes out do not.
 *
 * A box whose corners are swapped suppresses nothing, as in Caffe.
 */
export function expandDetectionOutput(node: Node, composer: NodeComposer): void {
  const [scoresInput = "", boxesInput = "", anchors = ""] = node.inputs;
  const first = composer.integers([0]);
  const boxes = decodeBoxes(node, composer, {
    deltas: composer.apply("Squeeze", [boxesInput, first]),
    anchors,
  });
  const byClass = composer.apply("Transpose", [composer.apply("Squeeze", [scoresInput, first])]);
  const found = suppress(node, composer, {
    scores: withoutBackground(node, composer, byClass),
    boxes,
  });
  emitBest(node, composer, found);
}

/** Boxes `[N, 4]` by their corners. */
function decodeBoxes(
  node: Node,
  composer: NodeComposer,
  { deltas, anchors }: { readonly deltas: string; readonly anchors: string },
): string {
  const factors = floatsAttribute(node, "delta_scaling_factors") ?? [];
  const data = Float32Array.from(factors);
  const scaled = data.every((factor) => factor === 1)
    ? deltas
    : composer.apply("Mul", [deltas, composer.constant({ dtype: "float32", shape: [4], data })]);
  const front = (input: string) => composer.slice(input, { axis: 1, start: 0, end: 2 });
  const back = (input: string) => composer.slice(input, { axis: 1, start: 2, end: 4 });
  const join = (parts: readonly string[]) =>
    composer.apply("Concat", parts, { axis: { type: "int", value: 1 } });
  switch (stringAttribute(node, "code_type", "")) {
    case "CORNER":
      return composer.apply("Add", [anchors, scaled]);
    case "CORNER_SIZE": {
      const size = composer.apply("Sub", [back(anchors), front(anchors)]);
      return composer.apply("Add", [anchors, composer.apply("Mul", [scaled, join([size, size])])]);
    }
    default: {
      const shift = composer.apply("Mul", [front(scaled), back(anchors)]);
      const center = composer.apply("Add", [shift, front(anchors)]);
      const size = composer.apply("Mul", [composer.apply("Exp", [back(scaled)]), back(anchors)]);
      const half = composer.apply("Mul", [size, composer.float(0.5)]);
      return join([composer.apply("Sub", [center, half]), composer.apply("Add", [center, half])]);
    }
  }
}

/** Leaves the background's row out of scores `[C, N]`. */
function withoutBackground(node: Node, composer: NodeComposer, scores: string): string {
  const background = intAttribute(node, "background_class_idx", 0);
  if (background < 0) return scores;
  const after = composer.slice(scores, { axis: 0, start: background + 1, end: NO_LABEL });
  if (background === 0) return after;
  const before = composer.slice(scores, { axis: 0, start: 0, end: background });
  return composer.apply("Concat", [before, after], { axis: { type: "int", value: 0 } });
}

/** Counts rows of scores without the background as the classes that they are. */
function labelsOf(node: Node, composer: NodeComposer, rows: string): string {
  const background = intAttribute(node, "background_class_idx", 0);
  if (background < 0) return rows;
  const behind = composer.apply("GreaterOrEqual", [rows, composer.integer(background)]);
  const to = { type: "int", value: onnxCodeOfDataType("int64") } as const;
  return composer.apply("Add", [rows, composer.apply("Cast", [behind], { to })]);
}

/** The boxes of each class that no better box of the class overlaps much. */
function suppress(
  node: Node,
  composer: NodeComposer,
  { scores, boxes }: { readonly scores: string; readonly boxes: string },
): Detections {
  const limit = intAttribute(node, "detection_limit", 1);
  const [best, places] = composer.sort(scores, limit, "falling");
  // [classes, limit, 4]: each class is an image of its own, as its boxes are.
  const candidates = composer.apply("Gather", [boxes, places]);
  const low = composer.slice(candidates, { axis: 2, start: 0, end: 2 });
  const high = composer.slice(candidates, { axis: 2, start: 2, end: 4 });
  const last = { axis: { type: "int", value: 2 } } as const;
  // ONNX would swap corners back; a box without area overlaps nothing.
  const proper = composer.apply("Concat", [low, composer.apply("Max", [low, high])], last);
  const selected = composer.apply("NonMaxSuppression", [
    proper,
    composer.apply("Unsqueeze", [best, composer.integers([1])]),
    composer.integer(limit),
    composer.float(floatAttribute(node, "iou_threshold", 0)),
    composer.float(floatAttribute(node, "confidence_threshold", 0)),
  ]);
  const column = { axis: { type: "int", value: 1 } } as const;
  const pairs = composer.apply("Gather", [selected, composer.integers([0, 2])], column);
  const rows = composer.apply("Gather", [selected, composer.integer(0)], column);
  return {
    scores: composer.apply("GatherND", [best, pairs]),
    boxes: composer.apply("GatherND", [candidates, pairs]),
    labels: labelsOf(node, composer, rows),
  };
}

/** The best detections of all classes, ordered by class, in as many rows as the node has. */
function emitBest(node: Node, composer: NodeComposer, found: Detections): void {
  const [scores = "", boxes = "", classes = "", count = ""] = node.outputs;
  const keep = intAttribute(node, "keep_top_k", 1);
  const pad = (input: string, axes: readonly number[], value: string) =>
    composer.apply("Pad", [input, composer.integers(axes), value]);
  const allScores = pad(found.scores, [0, keep], composer.float(-Infinity));
  const allLabels = pad(found.labels, [0, keep], composer.integer(NO_LABEL));
  const allBoxes = pad(found.boxes, [0, 0, keep, 0], composer.float(0));
  const [, kept] = composer.sort(allScores, keep, "falling");
  // Equal elements stay in their order.
  const [labels, order] = composer.sort(
    composer.apply("Gather", [allLabels, kept]),
    keep,
    "rising",
  );
  const rows = composer.apply("Gather", [kept, order]);
  const isFound = composer.apply("Less", [labels, composer.integer(NO_LABEL)]);
  const ranked = composer.apply("Gather", [allScores, rows]);
  const cast = (input: string, dtype: "int32" | "int64") =>
    composer.apply("Cast", [input], { to: { type: "int", value: onnxCodeOfDataType(dtype) } });
  const first = composer.integers([0]);
  composer.finish(scores, "Unsqueeze", [
    composer.apply("Where", [isFound, ranked, composer.float(0)]),
    first,
  ]);
  composer.finish(boxes, "Unsqueeze", [composer.apply("Gather", [allBoxes, rows]), first]);
  const named = composer.apply("Where", [isFound, labels, composer.integer(-1)]);
  composer.finish(classes, "Unsqueeze", [cast(named, "int32"), first]);
  const total = composer.apply("ReduceSum", [cast(isFound, "int64"), first]);
  composer.finish(count, "Cast", [total], {
    to: { type: "int", value: onnxCodeOfDataType("uint32") },
  });
}
