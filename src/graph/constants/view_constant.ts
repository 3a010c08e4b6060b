import { countElements, type TensorReference, type View, viewTensor } from "../../tensor/mod.ts";
import { axisSlices } from "../operators/indexing.ts";
import type { OperatorCall, TensorType } from "../operators/operator_schema.ts";
import { transposeOrder } from "../operators/shaping.ts";
import { toNumbers } from "./constant_values.ts";

/** A Slice as views along single axes; `undefined` if it skips or reverses elements. */
function sliceViews(call: OperatorCall): readonly View[] | undefined {
  const slices = axisSlices(call);
  if (slices.some(({ step, count }) => step !== 1 || count === 0)) return undefined;
  return slices.map(({ axis, start, count }) => ({
    kind: "slice",
    axis,
    start,
    end: start + count,
  }));
}

/** A product with a constant of one element, or of one for each index of one axis. */
function scaleViews(call: OperatorCall, output: TensorType): readonly View[] | undefined {
  const [data, factor] = call.inputs;
  const constant = call.constants[1];
  if (data?.dtype !== "float32" || factor === undefined || constant === undefined) return undefined;
  if (output.shape.length !== data.shape.length || data.shape.length === 0) return undefined;
  if (countElements(output.shape) !== countElements(data.shape)) return undefined;
  const lead = data.shape.length - factor.shape.length;
  const wide = factor.shape.findIndex((extent) => extent !== 1);
  const axis = wide < 0 ? 0 : lead + wide;
  const numbers = toNumbers(constant);
  if (wide >= 0 && numbers.length !== factor.shape[wide]) return undefined;
  const invert = call.node.operator === "Div";
  const factors = Float64Array.from({ length: data.shape[axis] ?? 0 }, (_, i) => {
    const number = numbers[wide < 0 ? 0 : i] ?? 0;
    return invert ? 1 / number : number;
  });
  return factors.every(Number.isFinite) ? [{ kind: "scale", axis, factors }] : undefined;
}

function viewsOf(call: OperatorCall, output: TensorType): readonly View[] | undefined {
  switch (call.node.operator) {
    case "Identity":
    case "Dropout":
      return [];
    case "Reshape":
    case "Squeeze":
    case "Unsqueeze":
    case "Flatten":
      return [{ kind: "reshape", shape: output.shape }];
    case "Transpose":
      return [{ kind: "permute", order: transposeOrder(call) }];
    case "Cast":
    case "CastLike":
      return [{ kind: "cast", dtype: output.dtype }];
    case "Slice":
      return sliceViews(call);
    case "Mul":
    case "Div":
      return scaleViews(call, output);
  }
  return undefined;
}

/**
 * Folds a node over a weight into views: nothing is read or written.
 *
 * @param reference The weight, input 0 of the node.
 * @param call The node; other inputs are in memory.
 * @param output The type of its output.
 * @returns The output as a reference, or `undefined` if no views say what the node does.
 */
export function viewConstant(
  reference: TensorReference,
  call: OperatorCall,
  output: TensorType,
): { readonly reference: TensorReference; readonly views: readonly View[] } | undefined {
  const views = call.node.outputs.length === 1 ? viewsOf(call, output) : undefined;
  if (views === undefined) return undefined;
  const viewed = views.reduce<TensorReference>(viewTensor, reference);
  return { reference: { ...viewed, name: call.node.outputs[0] ?? "" }, views };
}
