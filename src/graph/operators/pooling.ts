import { intsAttribute } from "../attributes.ts";
import { formatShape, inputType, nodeError, requireRank } from "./operator_call.ts";
import type { OperatorCall, OperatorSchema, OperatorTable, TensorType } from "./operator_schema.ts";
import { type SpatialWindow, spatialWindow, windowAttributes } from "./spatial_window.ts";

function poolWindow(call: OperatorCall): SpatialWindow {
  const input = requireRank(call, { index: 0, least: 3, most: Infinity }).shape.slice(2);
  const kernel = intsAttribute(call.node, "kernel_shape") ?? [];
  if (kernel.length !== input.length || kernel.some((extent) => extent < 1)) {
    throw nodeError(call.node, {
      what: 'attribute "kernel_shape"',
      found: formatShape(kernel),
      expected: `${input.length} positive integers`,
    });
  }
  return spatialWindow(call.node, { input, kernel });
}

function inferPool(call: OperatorCall): readonly TensorType[] {
  const { dtype, shape } = inputType(call, 0);
  const pooled = [...shape.slice(0, 2), ...poolWindow(call).output];
  return [{ dtype, shape: pooled }, { dtype: "int64", shape: pooled }];
}

function pool(attributes: readonly string[], outputs = 1): OperatorSchema {
  return {
    inputs: [1, 1],
    outputs: [1, outputs],
    attributes: [
      "auto_pad",
      "ceil_mode",
      "dilations",
      "kernel_shape",
      "pads",
      "strides",
      ...attributes,
    ],
    infer: inferPool,
    normalize: (call) => windowAttributes(call.node, poolWindow(call)),
  };
}

function globalPool(...attributes: string[]): OperatorSchema {
  return {
    inputs: [1, 1],
    attributes,
    infer: (call) => {
      const { dtype, shape } = requireRank(call, { index: 0, least: 3, most: Infinity });
      return [{ dtype, shape: shape.map((dimension, axis) => axis < 2 ? dimension : 1) }];
    },
  };
}

/** Pools over spatial axes. */
export const POOLING: OperatorTable = {
  AveragePool: pool(["count_include_pad"]),
  GlobalAveragePool: globalPool(),
  GlobalLpPool: globalPool("p"),
  GlobalMaxPool: globalPool(),
  LpPool: pool(["p"]),
  MaxPool: pool(["storage_order"], 2),
};
