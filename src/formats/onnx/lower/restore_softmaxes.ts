import type { Model, Node } from "../../../graph/mod.ts";
import type { FlattenedSoftmax } from "./lowering_context.ts";

/**
 * Takes Flatten and Reshape around a softmax away where nothing but ones follows its axis: there
 * the softmax over the flattened rest is the softmax over the axis.
 *
 * @param model The model with static shapes.
 * @param softmaxes What lowering to the pinned opset left.
 */
export function restoreSoftmaxes(model: Model, softmaxes: readonly FlattenedSoftmax[]): Model {
  const replacements = new Map<string, Node>();
  const dropped = new Set<string>();
  for (const softmax of softmaxes) {
    const shape = model.values.get(softmax.input)?.shape;
    const node = model.nodes.find(({ outputs }) => outputs[0] === softmax.result);
    if (shape === undefined || node === undefined) continue;
    const axis = softmax.axis < 0 ? softmax.axis + shape.length : softmax.axis;
    if (axis >= shape.length || shape.slice(axis + 1).some((size) => size !== 1)) continue;
    for (const name of [softmax.shape, softmax.matrix, softmax.result]) dropped.add(name);
    replacements.set(softmax.output, {
      ...node,
      inputs: [softmax.input],
      outputs: [softmax.output],
      attributes: { ...node.attributes, axis: { type: "int", value: axis } },
    });
  }
  if (replacements.size === 0) return model;
  return {
    ...model,
    nodes: model.nodes
      .filter(({ outputs }) => !dropped.has(outputs[0] ?? ""))
      .map((node) => replacements.get(node.outputs[0] ?? "") ?? node),
    initializers: new Map([...model.initializers].filter(([name]) => !dropped.has(name))),
    values: new Map([...model.values].filter(([name]) => !dropped.has(name))),
  };
}
