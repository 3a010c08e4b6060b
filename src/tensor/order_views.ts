import {
  type ElementwiseView,
  isElementwise,
  moveAfter,
  moveBefore,
  sliceElementwise,
} from "./move_view.ts";
import { heldBytesPerElement } from "./tensor_data.ts";
import type { View } from "./tensor_reference.ts";
import { type TensorForm, viewResult } from "./view_result.ts";

/**
 * Orders views for reading, with the same result: slices first, so that what is left out is not
 * worked on; element-wise views before reshapes; permutations where the elements are narrowest, so
 * that bytes move and not floats.
 *
 * @param stored Element type and dimensions in storage.
 * @param views Applied in order.
 */
export function orderViews(stored: TensorForm, views: readonly View[]): readonly View[] {
  const ordered = [...views];
  do {
    while (exchangeNeighbours(stored, ordered));
    for (const index of ordered.keys()) placePermute(stored, ordered, index);
  } while (exchangeNeighbours(stored, ordered));
  return ordered.filter((view) => view.kind !== "permute" || !isIdentity(view.order));
}

/** Makes one exchange that brings a slice or an element-wise view forward, if there is one. */
function exchangeNeighbours(stored: TensorForm, views: View[]): boolean {
  let form = stored;
  for (const [index, first] of views.entries()) {
    const second = views[index + 1];
    const pair = second === undefined ? undefined : exchange(first, second, form.shape);
    if (pair !== undefined) {
      views.splice(index, 2, ...pair);
      return true;
    }
    form = viewResult(form, first);
  }
  return false;
}

function exchange(first: View, second: View, shape: readonly number[]): View[] | undefined {
  if (second.kind === "slice") {
    if (first.kind === "permute") {
      return [{ ...second, axis: first.order[second.axis] ?? second.axis }, first];
    }
    if (isElementwise(first)) return [second, sliceElementwise(first, second)];
  }
  if (first.kind === "reshape" && isElementwise(second)) {
    const moved = moveBefore(second, first, shape);
    if (moved !== undefined) return [moved, first];
  }
  if (first.kind === "permute" && second.kind === "permute") {
    return [{ kind: "permute", order: second.order.map((axis) => first.order[axis] ?? axis) }];
  }
  return undefined;
}

/** Moves the permutation at `index` among the element-wise views around it. */
function placePermute(stored: TensorForm, views: View[], index: number): void {
  const permute = views[index];
  if (permute?.kind !== "permute") return;
  let from = index;
  while (from > 0 && isElementwise(views[from - 1] ?? permute)) from--;
  let to = index + 1;
  while (to < views.length && isElementwise(views[to] ?? permute)) to++;
  // As if the permutation came last.
  const steps: ElementwiseView[] = [];
  for (const [place, view] of views.slice(from, to).entries()) {
    if (!isElementwise(view)) continue;
    const moved = place < index - from ? view : moveBefore(view, permute, []);
    if (moved !== undefined) steps.push(moved);
  }
  let form = views.slice(0, from).reduce(viewResult, stored);
  let best = { place: 0, bytes: heldBytesPerElement(form.dtype) };
  for (const [place, step] of steps.entries()) {
    form = viewResult(form, step);
    const bytes = heldBytesPerElement(form.dtype);
    if (bytes <= best.bytes) best = { place: place + 1, bytes };
  }
  const after = steps.slice(best.place).map((step) => moveAfter(step, permute.order));
  views.splice(from, to - from, ...steps.slice(0, best.place), permute, ...after);
}

function isIdentity(order: readonly number[]): boolean {
  return order.every((axis, index) => axis === index);
}
