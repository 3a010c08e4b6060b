import type { Model, Node } from "../model.ts";
import { axisSlices } from "../operators/indexing.ts";
import { formatShape } from "../operators/operator_call.ts";
import type { OperatorCall } from "../operators/operator_schema.ts";
import { padAmounts, transposeOrder } from "../operators/shaping.ts";
import { ValueMerger } from "../build/value_merger.ts";
import { copyEncodings } from "./copy_encodings.ts";
import { isIdentityOrder } from "./permutation.ts";
import { operatorCall, rewriteModel } from "./rewrite_model.ts";

/** Whether a node passes its first input on unchanged. */
function isNoOp(call: OperatorCall, output: { readonly shape: readonly number[] }): boolean {
  const [input] = call.inputs;
  if (input === undefined) return false;
  switch (call.node.operator) {
    case "Identity":
      return true;
    case "Dropout":
      return call.node.outputs.slice(1).every((name) => name === "");
    case "Concat":
    case "Max":
    case "Mean":
    case "Min":
    case "Sum":
      return call.inputs.length === 1;
    case "Expand":
    case "Flatten":
    case "Reshape":
    case "Squeeze":
    case "Tile":
    case "Unsqueeze":
      return formatShape(input.shape) === formatShape(output.shape);
    case "Pad":
      return padAmounts(call).every(([begin, end]) => begin === 0 && end === 0);
    case "Slice":
      return formatShape(input.shape) === formatShape(output.shape) &&
        axisSlices(call).every(({ step }) => step === 1);
    case "Transpose":
      return isIdentityOrder(transposeOrder(call));
  }
  return false;
}

/** Whether a node only passes its input on: also a Cast to the type the value has. */
function passesOn(model: Model, node: Node): boolean {
  const output = model.values.get(node.outputs[0] ?? "");
  const input = model.values.get(node.inputs[0] ?? "");
  if (output === undefined || input === undefined) return false;
  if (node.operator === "Cast" || node.operator === "CastLike") return input.dtype === output.dtype;
  return isNoOp(operatorCall(model, node), output);
}

/**
 * Removes nodes that change nothing: Identity, Dropout, Cast to the same type, Reshape and its kin
 * to the same shape, Transpose in order, Pad by zero, Slice of everything, Concat and Sum of one.
 * Names of network inputs and outputs stay; a node between the two stays with them.
 */
export function removeNoOps(model: Model): Model {
  const { encodings, overrides } = copyEncodings(model);
  const merger = new ValueMerger(model.nodes, {
    outputNames: model.outputs.map(({ name }) => name),
    encodings: [encodings.activations, overrides.activations],
  });
  const kept = model.nodes.filter((node) =>
    !(passesOn(model, node) && merger.merge(node.outputs[0] ?? "", node.inputs[0] ?? ""))
  );
  if (kept.length === model.nodes.length) return model;
  const nodes = kept.map((node) => merger.rename(node));
  return rewriteModel(model, { nodes, encodings, overrides });
}
