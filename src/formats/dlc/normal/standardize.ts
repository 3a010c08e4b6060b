import { floatAttribute, intAttribute, intsAttribute, type Node } from "../../../graph/mod.ts";
import { Composer, type Term } from "./composer.ts";
import { inputOf } from "./normal_graph.ts";
import type { NormalizeNode, Normalizer } from "./normalizer.ts";
import { frontAxis } from "./front_axis.ts";

/** Normalizations that no DLC has, by their means and deviations. */
export const NORMALIZE_STANDARDIZED: Readonly<Record<string, NormalizeNode>> = {
  GroupNormalization: normalizeGroups,
  MeanVarianceNormalization: normalizeMeanVariance,
};

/** Mean, distance from it and mean square of the distance, over axes that stay with length 1. */
function momentsOf(
  composer: Composer,
  x: Term,
  axes: readonly number[],
): { readonly mean: Term; readonly distance: Term; readonly variance: Term } {
  const mean = composer.reduce("ReduceMean", x, axes);
  const distance = composer.apply("Sub", [x, mean]);
  const square = composer.apply("Mul", [distance, distance]);
  return { mean, distance, variance: composer.reduce("ReduceMean", square, axes) };
}

/** `√(variance + ε)` */
function deviationOf(composer: Composer, variance: Term, node: Node): Term {
  const epsilon = composer.scalar(floatAttribute(node, "epsilon", 1e-5));
  return composer.apply("Sqrt", [composer.apply("Add", [variance, epsilon])]);
}

/**
 * Adds what computes the further outputs of a LayerNormalization: the mean and one over the
 * deviation.
 */
export function emitLayerMoments(
  node: Node,
  normalizer: Normalizer,
  axes: readonly number[],
): void {
  const outputs = node.outputs.slice(1);
  if (outputs.every((output) => output === "")) return;
  const composer = new Composer({ ...node, name: `${node.name}.moments`, outputs }, normalizer);
  const { mean, variance } = momentsOf(composer, composer.input(0), axes);
  const deviation = deviationOf(composer, variance, node);
  composer.finish(mean, composer.apply("Div", [composer.scalar(1), deviation]));
}

/** Each group of channels by its own moments, then a factor and an addend a channel. */
function normalizeGroups(node: Node, normalizer: Normalizer): void {
  const composer = new Composer(node, normalizer);
  const x = composer.input(0);
  const [batch = 1, channels = 1, ...spatial] = x.shape;
  const groups = intAttribute(node, "num_groups", 1);
  const area = spatial.reduce((product, size) => product * size, 1);
  const grouped = composer.reshape(x, [batch, groups, channels / groups * area]);
  const { distance, variance } = momentsOf(composer, grouped, [2]);
  const standard = composer.apply("Div", [distance, deviationOf(composer, variance, node)]);
  const perChannel = (index: number): Term =>
    composer.reshapeOperand(inputOf(node, index), [channels, ...spatial.map(() => 1)]);
  const scaled = composer.apply("Mul", [composer.reshape(standard, x.shape), perChannel(1)]);
  composer.finish(composer.apply("Add", [scaled, perChannel(2)]));
}

/** `(x − mean) / (deviation + 1e-9)`, as ONNX defines it. */
function normalizeMeanVariance(node: Node, normalizer: Normalizer): void {
  const composer = new Composer(node, normalizer);
  const x = composer.input(0);
  const axes = (intsAttribute(node, "axes") ?? [0, 2, 3]).map((axis) =>
    frontAxis(axis, x.shape.length)
  ).sort((a, b) => a - b);
  const { distance, variance } = momentsOf(composer, x, axes);
  const deviation = composer.apply("Add", [
    composer.apply("Sqrt", [variance]),
    composer.scalar(1e-9),
  ]);
  composer.finish(composer.apply("Div", [distance, deviation]));
}
