import { attribute } from "../../../../graph/mod.ts";
import type { LayerContext, LowerLayer } from "../layer_context.ts";
import { type Priors, readPriors } from "./read_priors.ts";

/** Layers at the end of detectors. */
export const DETECTION_LAYERS: Readonly<Record<string, LowerLayer>> = {
  DetectionOutput: lowerDetectionOutput,
};

/** Caffe's threshold where none is given: the smallest float32. */
const NO_THRESHOLD = -(2 ** 128 - 2 ** 104);

/** More rows than any detector gives. */
const MAX_ROWS = 1_000_000;

/** How many boxes and classes there are. */
interface Counts {
  readonly boxes: number;
  readonly classes: number;
}

/**
 * Decodes boxes, leaves out those that better ones overlap, and keeps the best
 * (`DetectionOutputLayer::Forward_cpu` of the SSD fork).
 *
 * Caffe's top has as many rows of seven numbers as it finds. Here it becomes four values of constant
 * shapes, as SNPE's converter names them: `…_scores`, `…_boxes`, `…_classes`, `…_num_detections`.
 */
async function lowerDetectionOutput(layer: LayerContext): Promise<readonly string[]> {
  const settings = layer.settings("detection_output_param");
  const suppression = settings.message("nms_param");
  if (settings.boolean("share_location") === false) {
    throw layer.unsupported("each class has boxes of its own; share_location: true would work");
  }
  const eta = suppression.defaultedNumber("eta");
  if (eta !== 1) {
    throw layer.unsupported(`its overlap threshold changes by eta ${eta}; 1 would work`);
  }
  const priors = await readPriors(layer, 2);
  const counts = countsOf(layer, priors);
  const { boxes } = counts;
  const code = settings.string("code_type");
  const isEncoded = settings.boolean("variance_encoded_in_target") === true;
  const given = layer.emit("boxes", "Reshape", {
    inputs: [layer.inputAt(0), layer.integers("boxes_shape", [1, boxes, 4])],
  });
  const factors = isEncoded ? [1, 1, 1, 1] : commonFactors(priors.variances);
  const deltas = factors !== undefined ? given : layer.emit("scaled", "Mul", {
    inputs: [given, layer.floats("variances", priors.variances, [1, boxes, 4])],
  });
  const scores = layer.emit("scores", "Reshape", {
    inputs: [
      layer.inputAt(1),
      layer.integers("scores_shape", [1, boxes, counts.classes]),
    ],
  });
  const anchors = code === "CENTER_SIZE" ? centersOf(priors.corners) : priors.corners;
  const limit = suppression.number("top_k") ?? -1;
  const candidates = limit < 0 ? boxes : Math.min(limit, boxes);
  if (candidates === 0) throw layer.error("its top_k is 0, expected a positive integer, or -1");
  return layer.outputParts(
    "DetectionOutput",
    [scores, deltas, layer.floats("anchors", anchors, [boxes, 4])],
    {
      parts: ["scores", "boxes", "classes", "num_detections"],
      attributes: {
        background_class_idx: attribute.int(backgroundOf(layer, counts)),
        code_type: attribute.string(code),
        confidence_threshold: attribute.float(
          settings.number("confidence_threshold") ?? NO_THRESHOLD,
        ),
        delta_scaling_factors: attribute.floats(factors ?? [1, 1, 1, 1]),
        detection_limit: attribute.int(candidates),
        iou_threshold: attribute.float(overlapOf(layer)),
        keep_top_k: attribute.int(rowsOf(layer, candidates, counts)),
      },
    },
  );
}

function countsOf(layer: LayerContext, { corners }: Priors): Counts {
  const boxes = corners.length / 4;
  const classes = layer.settings("detection_output_param").number("num_classes") ?? 0;
  const counts = [boxes * 4, boxes * classes];
  for (const [index, expected] of counts.entries()) {
    const shape = layer.shape(layer.inputAt(index));
    const [batch = 0, ...rest] = shape;
    const found = rest.reduce((product, size) => product * size, 1);
    if (found !== expected || expected === 0) {
      throw layer.error(
        `its bottom ${index} is [${shape}], expected ${expected} numbers an image for ${boxes} boxes` +
          (index === 0 ? "" : ` and ${classes} classes`),
      );
    }
    if (batch !== 1) {
      throw layer.unsupported(`it gets ${batch} images; one would work (--input-dim, --batch)`);
    }
  }
  return { boxes, classes };
}

/** The class that is nothing; -1 if there is none. */
function backgroundOf(layer: LayerContext, { classes }: Counts): number {
  const found = layer.settings("detection_output_param").defaultedNumber("background_label_id");
  const background = found >= 0 && found < classes ? found : -1;
  if (background === 0 && classes === 1) {
    throw layer.error("its only class is the background, expected at least 2 classes");
  }
  return background;
}

function overlapOf(layer: LayerContext): number {
  const suppression = layer.settings("detection_output_param").message("nms_param");
  const overlap = suppression.defaultedNumber("nms_threshold");
  if (!(overlap >= 0)) {
    throw layer.error(`its nms_threshold is ${overlap}, expected a number from 0`);
  }
  // Boxes never overlap by more than 1.
  return Math.min(overlap, 1);
}

/** Rows for detections: as many as are kept, or all there can be. */
function rowsOf(layer: LayerContext, candidates: number, counts: Counts): number {
  const keep = layer.settings("detection_output_param").defaultedNumber("keep_top_k");
  if (keep === 0) throw layer.error("its keep_top_k is 0, expected a positive integer, or -1");
  const classes = counts.classes - (backgroundOf(layer, counts) < 0 ? 0 : 1);
  const rows = keep < 0 ? candidates * classes : keep;
  if (rows <= MAX_ROWS) return rows;
  throw layer.unsupported(`it may find ${rows} boxes; a keep_top_k up to ${MAX_ROWS} would work`);
}

/** The variances if they are the same for all boxes. */
function commonFactors(variances: Float32Array): readonly number[] | undefined {
  const isCommon = variances.every((variance, index) => variance === variances[index % 4]);
  return isCommon ? [...variances.subarray(0, 4)] : undefined;
}

/** Center x, y, width and height of each box, in single precision as Caffe. */
function centersOf(corners: Float32Array): Float32Array {
  const centers = new Float32Array(corners.length);
  for (let box = 0; box < corners.length; box += 4) {
    for (const axis of [0, 1]) {
      const low = corners[box + axis] ?? 0;
      const high = corners[box + axis + 2] ?? 0;
      centers[box + axis] = Math.fround(low + high) / 2;
      centers[box + axis + 2] = high - low;
    }
  }
  return centers;
}
