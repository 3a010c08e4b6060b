import { intAttribute, type Node } from "../../../graph/mod.ts";
import { Composer, type Term } from "./composer.ts";
import { inputOf } from "./normal_graph.ts";
import type { NormalizeNode, Normalizer } from "./normalizer.ts";
import { reducedAxes } from "./normalize_statistics.ts";

/** Operators over several elements that no DLC has, by those it has. */
export const NORMALIZE_COMPOSED: Readonly<Record<string, NormalizeNode>> = {
  GlobalLpPool: normalizeGlobalLpPool,
  Mean: normalizeMean,
  ReduceL1: (node, normalizer) => reduce(node, normalizer, { before: "Abs" }),
  ReduceL2: (node, normalizer) => reduce(node, normalizer, { before: "Mul", behind: "Sqrt" }),
  ReduceLogSum: (node, normalizer) => reduce(node, normalizer, { behind: "Log" }),
  ReduceLogSumExp: normalizeLogSumExp,
  ReduceProd: normalizeProduct,
  ReduceSumSquare: (node, normalizer) => reduce(node, normalizer, { before: "Mul" }),
};

/** `(Σ |x|ᵖ)^(1/p)` over all of an image. */
function normalizeGlobalLpPool(node: Node, normalizer: Normalizer): void {
  const composer = new Composer(node, normalizer);
  const x = composer.input(0);
  const p = intAttribute(node, "p", 2);
  const size = composer.apply("Abs", [x]);
  const power = composer.apply("Pow", [size, composer.scalar(p)]);
  const sum = composer.reduce("ReduceSum", power, x.shape.map((_, axis) => axis).slice(2));
  composer.finish(composer.apply("Pow", [sum, composer.scalar(1 / p)]));
}

/** A sum, then a division. */
function normalizeMean(node: Node, normalizer: Normalizer): void {
  const composer = new Composer(node, normalizer);
  const terms = node.inputs.map((_, index) => composer.input(index));
  const sum = terms.reduce((one, other) => composer.apply("Add", [one, other]));
  composer.finish(composer.apply("Div", [sum, composer.scalar(terms.length)]));
}

/** A sum of what an operator makes of each element (Mul: of it and itself), and what follows. */
function reduce(
  node: Node,
  normalizer: Normalizer,
  { before, behind }: { readonly before?: "Abs" | "Mul"; readonly behind?: "Log" | "Sqrt" },
): void {
  const composer = new Composer(node, normalizer);
  const x = composer.input(0);
  const element = before === undefined
    ? x
    : composer.apply(before, before === "Mul" ? [x, x] : [x]);
  const sum = sumOf(element, composer, reducedAxes(node, normalizer));
  composer.finish(behind === undefined ? sum : composer.apply(behind, [sum]));
}

/** `m + log(Σ exp(x − m))` with the largest element `m`, which keeps exp from growing too large. */
function normalizeLogSumExp(node: Node, normalizer: Normalizer): void {
  const axes = reducedAxes(node, normalizer);
  const composer = new Composer(node, normalizer);
  const x = composer.operand(inputOf(node, 0));
  if (axes.length === 0) return composer.finish(x);
  const most = composer.reduce("ReduceMax", x, axes);
  const distance = composer.apply("Sub", [x, most]);
  const sum = sumOf(composer.apply("Exp", [distance]), composer, axes);
  composer.finish(composer.apply("Add", [composer.apply("Log", [sum]), most]));
}

/** Along each axis one half is multiplied by the other, until one element is left. */
function normalizeProduct(node: Node, normalizer: Normalizer): void {
  const composer = new Composer(node, normalizer);
  let product = composer.input(0);
  for (const axis of reducedAxes(node, normalizer)) {
    const rests: Term[] = [];
    for (let size = product.shape[axis] ?? 1; size > 1; size = Math.floor(size / 2)) {
      const half = Math.floor(size / 2);
      const sizes = size % 2 === 0 ? [half, half] : [half, half, 1];
      const [one = product, other = product, ...rest] = composer.split(product, { axis, sizes });
      rests.push(...rest);
      product = composer.apply("Mul", [one, other]);
    }
    product = rests.reduce((whole, rest) => composer.apply("Mul", [whole, rest]), product);
  }
  composer.finish(product);
}

function sumOf(term: Term, composer: Composer, axes: readonly number[]): Term {
  return axes.length === 0 ? term : composer.reduce("ReduceSum", term, axes);
}
