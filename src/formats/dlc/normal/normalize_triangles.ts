import { intAttribute, type Node } from "../../../graph/mod.ts";
import { createAxisMatrix, multiplyAlong, requireElements } from "./axis_matrix.ts";
import { Composer } from "./composer.ts";
import type { NormalizeNode, Normalizer } from "./normalizer.ts";
import { frontAxis } from "./front_axis.ts";

/** Operators that triangles of ones say: sums up to an element, and parts of matrices. */
export const NORMALIZE_TRIANGLES: Readonly<Record<string, NormalizeNode>> = {
  CumSum: normalizeCumulativeSum,
  Trilu: normalizeTriangle,
};

/** A product with a matrix that is 1 where an element enters the sum. */
function normalizeCumulativeSum(node: Node, normalizer: Normalizer): void {
  const composer = new Composer(node, normalizer);
  const x = composer.input(0);
  const axis = frontAxis(normalizer.numbers(node, 1)?.[0] ?? 0, x.shape.length);
  const size = x.shape[axis] ?? 1;
  const isReverse = intAttribute(node, "reverse", 0) !== 0;
  const least = intAttribute(node, "exclusive", 0) !== 0 ? 1 : 0;
  const matrix = createAxisMatrix(node, { inputs: size, outputs: size });
  for (let to = 0; to < size; to++) {
    for (let from = 0; from < size; from++) {
      const distance = isReverse ? from - to : to - from;
      if (distance >= least) matrix.data[to * size + from] = 1;
    }
  }
  composer.finish(multiplyAlong(composer, x, { axis, matrix }));
}

/** A product with 1 on one side of a diagonal and 0 on the other. */
function normalizeTriangle(node: Node, normalizer: Normalizer): void {
  const composer = new Composer(node, normalizer);
  const x = composer.input(0);
  const [rows = 1, columns = 1] = x.shape.slice(-2);
  const diagonal = normalizer.numbers(node, 1)?.[0] ?? 0;
  const isUpper = intAttribute(node, "upper", 1) !== 0;
  requireElements(node, rows * columns);
  const data = Float32Array.from({ length: rows * columns }, (_, i) => {
    const distance = i % columns - Math.floor(i / columns) - diagonal;
    return (isUpper ? distance >= 0 : distance <= 0) ? 1 : 0;
  });
  const mask = composer.constant("triangle", { dtype: "float32", shape: [rows, columns], data });
  composer.finish(composer.apply("Mul", [x, mask]));
}
