import type { TensorData } from "../tensor/mod.ts";

/**
 * The classes with the largest scores, best first; of equal scores the lower class comes first, as
 * `argmax` of NumPy has it.
 *
 * @param scores One score a class.
 * @param k How many classes to return.
 */
export function topClasses(scores: TensorData, k: number): number[] {
  const best: { readonly index: number; readonly score: number }[] = [];
  for (let index = 0; index < scores.length; index++) {
    const score = Number(scores[index]);
    const last = best[best.length - 1];
    if (best.length === k && last !== undefined && score <= last.score) continue;
    let place = best.length;
    for (; place > 0; place--) {
      const above = best[place - 1];
      if (above === undefined || above.score >= score) break;
    }
    best.splice(place, 0, { index, score });
    if (best.length > k) best.pop();
  }
  return best.map(({ index }) => index);
}
