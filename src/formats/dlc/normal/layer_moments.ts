import { floatAttribute, type Node } from "../../../graph/mod.ts";
import { Composer } from "./composer.ts";
import type { Normalizer } from "./normalizer.ts";

/**
 * Adds what computes the further outputs of a LayerNormalization: the mean and one over the deviation,
 * `1 / √(mean((x − mean)²) + ε)`.
 */
export function emitLayerMoments(
  node: Node,
  normalizer: Normalizer,
  axes: readonly number[],
): void {
  const outputs = node.outputs.slice(1);
  if (outputs.every((output) => output === "")) return;
  const composer = new Composer({ ...node, name: `${node.name}.moments`, outputs }, normalizer);
  const x = composer.input(0);
  const mean = composer.reduce("ReduceMean", x, axes);
  const distance = composer.apply("Sub", [x, mean]);
  const variance = composer.reduce("ReduceMean", composer.apply("Mul", [distance, distance]), axes);
  const epsilon = composer.scalar(floatAttribute(node, "epsilon", 1e-5));
  const deviation = composer.apply("Sqrt", [composer.apply("Add", [variance, epsilon])]);
  composer.finish(mean, composer.apply("Div", [composer.scalar(1), deviation]));
}
