import type { DenseTensor } from "dlcstream";

/**
 * Puts what a DetectionOutput gives in the form of Caffe's top: rows of image, label, score and corners,
 * without those that hold no detection.
 *
 * @param outputs The four outputs, by name.
 * @param top The name of the top.
 */
export function detectionRows(
  outputs: ReadonlyMap<string, DenseTensor>,
  top: string,
): readonly (readonly number[])[] {
  const [scores = [], boxes = [], classes = [], [count = 0] = []] = [
    "scores",
    "boxes",
    "classes",
    "num_detections",
  ].map((part) => Array.from(outputs.get(`${top}_${part}`)?.data ?? [], Number));
  return Array.from({ length: count }, (_, row) => [
    0,
    classes[row] ?? NaN,
    scores[row] ?? NaN,
    ...boxes.slice(4 * row, 4 * row + 4),
  ]);
}

/** The rows of a stored top in Caffe's order: by label, then by falling score. OpenCV adds empty ones. */
export function storedRows(values: readonly number[]): readonly (readonly number[])[] {
  const rows = Array.from(
    { length: values.length / 7 },
    (_, row) => values.slice(7 * row, 7 * row + 7),
  );
  return rows.filter(([, , score = 0]) => score > 0).sort((one, other) =>
    (one[1] ?? 0) - (other[1] ?? 0) || (other[2] ?? 0) - (one[2] ?? 0)
  );
}
