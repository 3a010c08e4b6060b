import { referenceDense } from "../../tensor/mod.ts";
import { intsAttribute, stringAttribute } from "../attributes.ts";
import { keepsElements, toInputOrder, withoutAxes } from "./permutation.ts";
import { firstForm, type PushContext, type PushedNode, replaceFirst } from "./push_context.ts";

/** An operator that only looks at the order of elements, if that stays. */
export function pushReshape(context: PushContext): PushedNode | undefined {
  const { call, outputShapes: [shape = []] } = context;
  const { source, order } = firstForm(context);
  const inputShape = toInputOrder(call.inputs[0]?.shape ?? [], order);
  if (!keepsElements(order, inputShape) || shape.includes(0)) return undefined;
  return {
    operator: "Reshape",
    inputs: [source, context.addIntegers(`${call.node.name}.shape`, shape)],
    attributes: {},
    order: shape.map((_, axis) => axis),
  };
}

/** Drops axes of one element. */
export function pushSqueeze(context: PushContext): PushedNode | undefined {
  const { call, outputShapes: [shape = []] } = context;
  const { order } = firstForm(context);
  const input = call.inputs[0]?.shape ?? [];
  const axes = call.constants[1] === undefined
    ? input.flatMap((extent, axis) => extent === 1 ? [axis] : [])
    : Array.from(call.constants[1].data, Number).map((axis) =>
      axis < 0 ? axis + input.length : axis
    );
  const rest = withoutAxes(order, axes);
  if (rest.length !== shape.length) return undefined;
  const moved = axes.map((axis) => order[axis] ?? axis).toSorted((a, b) => a - b);
  const [source = ""] = replaceFirst(context);
  const inputs = [source, context.addIntegers(`${call.node.name}.axes`, moved)];
  return { inputs, attributes: {}, order: rest };
}

/** Scales or sizes are given for each axis; regions of interest and chosen axes are not moved. */
export function pushResize(context: PushContext): PushedNode | undefined {
  const { call } = context;
  const { order } = firstForm(context);
  const { node } = call;
  const mode = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  if (mode === "tf_crop_and_resize" || intsAttribute(node, "axes") !== undefined) return undefined;
  const inputs = [...replaceFirst(context)];
  for (const index of [2, 3]) {
    const reference = context.constant(index);
    const values = call.constants[index];
    if (reference === undefined || values === undefined) continue;
    if (reference.shape[0] === 0) continue;
    if (index === 3) {
      const sizes = Array.from(values.data, Number);
      inputs[3] = context.addIntegers(node.inputs[3] ?? "", toInputOrder(sizes, order));
    } else {
      const scales = toInputOrder(Array.from(values.data, Number), order);
      const data = Float32Array.from(scales);
      inputs[2] = context.addConstant(
        node.inputs[2] ?? "",
        referenceDense("", { dtype: "float32", shape: [data.length], data }),
      );
    }
  }
  return { inputs, attributes: node.attributes, order };
}
