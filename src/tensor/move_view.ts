import { countElements } from "./data_type.ts";
import type { View } from "./tensor_reference.ts";

/** Views that change each element by itself. */
export type ElementwiseView = Extract<
  View,
  { kind: "cast" | "scale" | "quantize" | "dequantize" }
>;

/** Views that move elements, without looking at them. */
export type MovingView = Exclude<View, ElementwiseView>;

/** Whether a view changes each element by itself. */
export function isElementwise(view: View): view is ElementwiseView {
  return view.kind === "cast" || view.kind === "scale" || view.kind === "quantize" ||
    view.kind === "dequantize";
}

/** The axis along which an element-wise view differs; `undefined` if it treats all alike. */
export function axisOf(view: ElementwiseView): number | undefined {
  switch (view.kind) {
    case "cast":
      return undefined;
    case "scale":
      return view.axis;
    default:
      return view.encoding.axis;
  }
}

/** The same view along another axis. */
export function withAxis(view: ElementwiseView, axis: number): ElementwiseView {
  switch (view.kind) {
    case "cast":
      return view;
    case "scale":
      return { ...view, axis };
    default:
      return { ...view, encoding: { ...view.encoding, axis } };
  }
}

/**
 * Restates an element-wise view that follows a moving one so that it comes before.
 *
 * @param view The element-wise view.
 * @param moving What it follows.
 * @param shape The tensor before the moving view.
 * @returns The view to put before `moving`; `undefined` if there is none.
 */
export function moveBefore(
  view: ElementwiseView,
  moving: MovingView,
  shape: readonly number[],
): ElementwiseView | undefined {
  const axis = axisOf(view);
  if (axis === undefined) return view;
  switch (moving.kind) {
    case "permute": {
      const before = moving.order[axis];
      return before === undefined ? undefined : withAxis(view, before);
    }
    case "reshape": {
      const before = findAxis(shape, moving.shape, axis);
      return before === undefined ? undefined : withAxis(view, before);
    }
    case "slice":
      return moving.axis === axis ? undefined : view;
  }
}

/**
 * Restates an element-wise view that comes before a permutation so that it follows.
 *
 * @param view The element-wise view.
 * @param order The permutation.
 */
export function moveAfter(view: ElementwiseView, order: readonly number[]): ElementwiseView {
  const axis = axisOf(view);
  return axis === undefined ? view : withAxis(view, order.indexOf(axis));
}

/** Cuts an element-wise view to a part of an axis. */
export function sliceElementwise(
  view: ElementwiseView,
  { axis, start, end }: Extract<View, { kind: "slice" }>,
): ElementwiseView {
  if (axisOf(view) !== axis) return view;
  switch (view.kind) {
    case "cast":
      return view;
    case "scale":
      return { ...view, factors: view.factors.slice(start, end) };
    default: {
      const encodings = view.encoding.encodings.slice(start, end);
      return { ...view, encoding: { axis, encodings } };
    }
  }
}

/** The axis of `shape` whose index is that of `axis` in `other`, a shape of the same elements. */
function findAxis(
  shape: readonly number[],
  other: readonly number[],
  axis: number,
): number | undefined {
  const inner = countElements(other.slice(axis + 1));
  const found = shape.findLastIndex((length, candidate) =>
    length === other[axis] && countElements(shape.slice(candidate + 1)) === inner
  );
  return found === -1 ? undefined : found;
}
