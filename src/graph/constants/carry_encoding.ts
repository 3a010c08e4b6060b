import { countElements, type TensorEncoding, type View } from "../../tensor/mod.ts";

/** The axis of `to` that spans the same elements as `axis` of `from`; -1 if there is none. */
function reshapedAxis(
  axis: number,
  { from, to }: { readonly from: readonly number[]; readonly to: readonly number[] },
): number {
  const before = countElements(from.slice(0, axis));
  return to.findIndex((extent, i) =>
    extent === from[axis] && countElements(to.slice(0, i)) === before
  );
}

/**
 * The encoding of a tensor after a view, for views that move elements.
 *
 * @param encoding The encoding before.
 * @param view What happens to the elements.
 * @param shape The shape before.
 * @returns The encoding after, or `undefined` if the view mixes channels or computes.
 */
export function carryEncoding(
  encoding: TensorEncoding,
  view: View,
  shape: readonly number[],
): TensorEncoding | undefined {
  const { axis, encodings } = encoding;
  switch (view.kind) {
    case "cast":
      return view.dtype.includes("float") ? encoding : undefined;
    case "permute":
      return axis === undefined ? encoding : { axis: view.order.indexOf(axis), encodings };
    case "reshape": {
      if (axis === undefined) return encoding;
      const moved = reshapedAxis(axis, { from: shape, to: view.shape });
      return moved < 0 ? undefined : { axis: moved, encodings };
    }
    case "slice":
      if (axis !== view.axis) return encoding;
      return { axis, encodings: encodings.slice(view.start, view.end) };
  }
  return undefined;
}
