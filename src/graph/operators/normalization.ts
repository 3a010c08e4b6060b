import { intAttribute } from "../attributes.ts";
import {
  axisAttribute,
  broadcastShapes,
  formatShape,
  inputType,
  nodeError,
  requireRank,
  requireShape,
  trainingError,
} from "./operator_call.ts";
import type { OperatorCall, OperatorSchema, OperatorTable, TensorType } from "./operator_schema.ts";

/** Same type out as in, after a check of the attribute `axis`. */
function alongAxis(fallback: number, ...attributes: string[]): OperatorSchema {
  return {
    inputs: [1, 1],
    attributes: ["axis", ...attributes],
    infer: (call) => {
      const data = inputType(call, 0);
      if (data.shape.length > 0) axisAttribute(call, { rank: data.shape.length, fallback });
      return [data];
    },
  };
}

function requireVectors(
  call: OperatorCall,
  { indices, length }: { readonly indices: readonly number[]; readonly length: number },
): void {
  for (const index of indices) requireShape(call, { index, shape: [length] });
}

/** Scale, bias, mean and variance have one element a channel (axis 1). */
function inferBatchNormalization(call: OperatorCall): readonly TensorType[] {
  const data = requireRank(call, { index: 0, least: 1, most: Infinity });
  const channels = data.shape.length === 1 ? 1 : data.shape[1] ?? 0;
  requireVectors(call, { indices: [1, 2, 3, 4], length: channels });
  if (intAttribute(call.node, "training_mode", 0) !== 0) throw trainingError(call.node);
  return [data];
}

function inferInstanceNormalization(call: OperatorCall): readonly TensorType[] {
  const data = requireRank(call, { index: 0, least: 3, most: Infinity });
  requireVectors(call, { indices: [1, 2], length: data.shape[1] ?? 0 });
  return [data];
}

function inferGroupNormalization(call: OperatorCall): readonly TensorType[] {
  const data = requireRank(call, { index: 0, least: 3, most: Infinity });
  const channels = data.shape[1] ?? 0;
  const groups = intAttribute(call.node, "num_groups", 0);
  if (groups < 1 || channels % groups !== 0) {
    throw nodeError(call.node, {
      what: 'attribute "num_groups"',
      found: String(groups),
      expected: `a divisor of its ${channels} channels`,
    });
  }
  requireVectors(call, { indices: [1, 2], length: channels });
  return [data];
}

/** Normalizes over all axes from `axis` on; optional outputs are mean and inverse deviation. */
function inferLayerNormalization(call: OperatorCall): readonly TensorType[] {
  const data = requireRank(call, { index: 0, least: 1, most: Infinity });
  const axis = axisAttribute(call, { rank: data.shape.length, fallback: -1 });
  for (const index of [1, 2]) {
    const type = call.inputs[index];
    if (type === undefined) continue;
    const joined = broadcastShapes(call.node, [type.shape, data.shape]);
    if (joined.some((dimension, i) => dimension !== data.shape[i])) {
      throw nodeError(call.node, {
        what: `the shape of input ${index}`,
        found: formatShape(type.shape),
        expected: `one that broadcasts to ${formatShape(data.shape)}`,
      });
    }
  }
  const shape = data.shape.map((dimension, i) => i < axis ? dimension : 1);
  const statistics: TensorType = { dtype: "float32", shape };
  return [data, statistics, statistics];
}

/** Operators that normalize, and the softmax family. */
export const NORMALIZATION: OperatorTable = {
  BatchNormalization: {
    inputs: [5, 5],
    attributes: ["epsilon", "momentum", "training_mode"],
    infer: inferBatchNormalization,
  },
  GroupNormalization: {
    inputs: [3, 3],
    attributes: ["epsilon", "num_groups", "stash_type"],
    infer: inferGroupNormalization,
  },
  Hardmax: alongAxis(-1),
  InstanceNormalization: {
    inputs: [3, 3],
    attributes: ["epsilon"],
    infer: inferInstanceNormalization,
  },
  LRN: {
    inputs: [1, 1],
    attributes: ["alpha", "beta", "bias", "size"],
    infer: (call) => [requireRank(call, { index: 0, least: 2, most: Infinity })],
  },
  LayerNormalization: {
    inputs: [2, 3],
    outputs: [1, 3],
    attributes: ["axis", "epsilon", "stash_type"],
    infer: inferLayerNormalization,
  },
  LogSoftmax: alongAxis(-1),
  LpNormalization: alongAxis(-1, "p"),
  MeanVarianceNormalization: {
    inputs: [1, 1],
    attributes: ["axes"],
    infer: (call) => [inputType(call, 0)],
  },
  Softmax: alongAxis(-1),
};
