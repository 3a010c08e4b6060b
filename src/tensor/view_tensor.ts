import { isElementwise, moveBefore } from "./move_view.ts";
import { sameGrid } from "./same_grid.ts";
import type { TensorReference, View } from "./tensor_reference.ts";
import { type TensorForm, viewResult } from "./view_result.ts";

/**
 * Puts a view on a tensor. Nothing is read. Views that undo each other vanish (inverse permutes,
 * quantize after dequantize of an equal encoding, so that stored bytes pass unchanged), and
 * neighbours of one kind become one. Other floating-point types are cast to float32 before
 * `scale` and `quantize`.
 *
 * @param reference The tensor.
 * @param view What shall happen to its elements.
 * @returns A reference with the new dtype and shape.
 * @throws {RangeError} If the view does not fit the tensor's shape or dtype.
 *
 * @example A weight that is scaled by output channel, then stored in 8 bits
 * ```ts
 * import { readDense, referenceDense, viewTensor } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const data = new Float32Array([1, 2, 3, 4]);
 * const weight = referenceDense("weight", { dtype: "float32", shape: [2, 2], data });
 * const scaled = viewTensor(weight, { kind: "scale", axis: 0, factors: new Float64Array([1, 10]) });
 * const encoding = { bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false };
 * const stored = viewTensor(scaled, {
 *   kind: "quantize",
 *   encoding: { encodings: [encoding] },
 *   dtype: "uint8",
 * });
 * assertEquals([...(await readDense(stored)).data], [1, 2, 30, 40]);
 * ```
 */
export function viewTensor(reference: TensorReference, view: View): TensorReference {
  const { dtype } = reference;
  const widens = (view.kind === "scale" || view.kind === "quantize") &&
    (dtype === "float16" || dtype === "bfloat16" || dtype === "float64");
  const base = widens ? viewTensor(reference, { kind: "cast", dtype: "float32" }) : reference;
  let result: TensorForm;
  try {
    result = viewResult(base, view);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`Cannot view tensor "${reference.name}": ${error.message}`);
  }
  return { ...base, ...result, views: appendView(base, view) };
}

/** Adds a view to those of a tensor: merged into an earlier one where the result is the same. */
function appendView(reference: TensorReference, view: View): readonly View[] {
  const { views } = reference;
  const forms: TensorForm[] = [{ dtype: reference.storedDtype, shape: reference.storedShape }];
  for (const earlier of views) forms.push(viewResult(forms.at(-1) ?? reference, earlier));
  if (changesNothing(forms.at(-1) ?? reference, view)) return views;
  let moved = view;
  for (const [index, earlier] of [...views.entries()].reverse()) {
    const before = forms[index] ?? reference;
    const merged = mergeViews(earlier, moved, before);
    if (merged !== undefined) {
      const kept = merged.filter((part) => !changesNothing(before, part));
      return [...views.slice(0, index), ...kept, ...views.slice(index + 1)];
    }
    if (isElementwise(earlier) || !isElementwise(moved)) break;
    const further = moveBefore(moved, earlier, before.shape);
    if (further === undefined) break;
    moved = further;
  }
  return [...views, view];
}

/** What two views in a row come to, where it is fewer than two. */
function mergeViews(first: View, second: View, before: TensorForm): View[] | undefined {
  if (first.kind === "reshape" && second.kind === "reshape") return [second];
  if (first.kind === "permute" && second.kind === "permute") {
    return [{ kind: "permute", order: second.order.map((axis) => first.order[axis] ?? axis) }];
  }
  if (first.kind === "slice" && second.kind === "slice" && first.axis === second.axis) {
    const start = first.start + second.start;
    return [{ ...first, start, end: first.start + second.end }];
  }
  if (first.kind === "scale" && second.kind === "scale" && first.axis === second.axis) {
    const factors = first.factors.map((factor, index) => factor * (second.factors[index] ?? 1));
    // An overflow would be invalid as one factor; leave it to show as infinity in the data.
    return factors.every(Number.isFinite) ? [{ ...first, factors }] : undefined;
  }
  if (first.kind === "cast" && second.kind === "cast" && second.dtype === before.dtype) {
    const exact = first.dtype === "float32" &&
      (before.dtype === "float16" || before.dtype === "bfloat16");
    return exact ? [] : undefined;
  }
  if (first.kind === "dequantize" && second.kind === "quantize") {
    const cancel = second.dtype === before.dtype && sameGrid(first.encoding, second.encoding);
    return cancel ? [] : undefined;
  }
  return undefined;
}

function changesNothing({ dtype, shape }: TensorForm, view: View): boolean {
  switch (view.kind) {
    case "cast":
      return view.dtype === dtype;
    case "reshape":
      return view.shape.length === shape.length &&
        view.shape.every((length, axis) => length === shape[axis]);
    case "permute":
      return view.order.every((axis, index) => axis === index);
    case "slice":
      return view.start === 0 && view.end === shape[view.axis];
    default:
      return false;
  }
}
