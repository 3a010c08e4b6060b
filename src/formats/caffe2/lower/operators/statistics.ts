import { attribute } from "../../../../graph/mod.ts";
import type { LowerOperator, OperatorContext } from "../operator_context.ts";

/** Operators that normalize, reduce or multiply matrices. */
export const STATISTICS_OPERATORS: Readonly<Record<string, LowerOperator>> = {
  AffineChannel: lowerAffineChannel,
  ArgMax: lowerArgMax,
  FC: (operator) => lowerFullyConnected(operator, 1),
  FCTransposed: (operator) => lowerFullyConnected(operator, 0),
  GroupNorm: lowerGroupNorm,
  InstanceNorm: lowerInstanceNorm,
  LRN: lowerLrn,
  MatMul: lowerMatMul,
  Normalize: (operator) => {
    const rank = operator.shape(operator.input).length;
    return operator.output("LpNormalization", [operator.input], {
      axis: attribute.int(operator.axis(operator.integer("axis", -1), rank)),
      p: attribute.int(2),
    });
  },
  ReduceMax: (operator) => lowerReduce(operator, "ReduceMax"),
  ReduceMean: (operator) => lowerReduce(operator, "ReduceMean"),
  ReduceMin: (operator) => lowerReduce(operator, "ReduceMin"),
  ReduceSum: (operator) => lowerReduce(operator, "ReduceSum"),
  Softmax: lowerSoftmax,
  SpatialBN: lowerSpatialBatchNorm,
};

/** Weights `[outputs, inputs]`, or `[inputs, outputs]` where `transposed` is 0. */
function lowerFullyConnected(operator: OperatorContext, transB: 0 | 1): readonly string[] {
  const [input, weight, bias] = [operator.inputAt(0), operator.inputAt(1), operator.inputAt(2)];
  const shape = operator.shape(input);
  const axis = operator.axis(operator.integer("axis", 1), shape.length);
  const weightAxis = operator.axis(operator.integer("axis_w", 1), operator.shape(weight).length);
  const flat = shape.length === 2 && axis === 1 ? input : operator.emit("flat", "Flatten", {
    inputs: [input],
    attributes: { axis: attribute.int(axis) },
  });
  const matrix = operator.shape(weight).length === 2 ? weight : operator.emit("matrix", "Flatten", {
    inputs: [weight],
    attributes: { axis: attribute.int(weightAxis) },
  });
  const attributes = { transB: attribute.int(transB) };
  const operands = [flat, matrix, bias];
  if (axis === 1) return operator.output("Gemm", operands, attributes);
  const product = operator.emit("product", "Gemm", { inputs: operands, attributes });
  const outputs = operator.shape(product)[1] ?? 0;
  const result = operator.integers("shape", [...shape.slice(0, axis), outputs]);
  return operator.output("Reshape", [product, result]);
}

function lowerMatMul(operator: OperatorContext): readonly string[] {
  const [left, right] = [operator.inputAt(0), operator.inputAt(1)];
  const ranks = [left, right].map((value) => operator.shape(value).length);
  if (ranks.some((rank) => rank !== 2)) {
    throw operator.unsupported(`its inputs have ${ranks.join(" and ")} axes; 2 would work`);
  }
  return operator.output("Gemm", [left, right], {
    transA: attribute.int(operator.integer("trans_a", 0)),
    transB: attribute.int(operator.integer("trans_b", 0)),
  });
}

function lowerSpatialBatchNorm(operator: OperatorContext): readonly string[] {
  operator.requireChannelsFirst();
  if (operator.integer("is_test", 0) === 0 || operator.outputCount > 1) {
    throw operator.unsupported("it learns mean and variance; a net with is_test would work");
  }
  return operator.output("BatchNormalization", operator.inputs.slice(0, 5), {
    epsilon: attribute.float(operator.real("epsilon", 1e-5)),
  });
}

/** A factor and an addend a channel: a batch norm of mean 0 and variance 1. */
function lowerAffineChannel(operator: OperatorContext): readonly string[] {
  operator.requireChannelsFirst();
  return scaleChannels(operator, operator.input);
}

function scaleChannels(operator: OperatorContext, value: string): readonly string[] {
  const [channels = 1] = operator.shape(operator.inputAt(1));
  return operator.output("BatchNormalization", [
    value,
    operator.inputAt(1),
    operator.inputAt(2),
    operator.filled("mean", channels, 0),
    operator.filled("variance", channels, 1),
  ], { epsilon: attribute.float(0) });
}

function lowerInstanceNorm(operator: OperatorContext): readonly string[] {
  operator.requireChannelsFirst();
  return operator.output("InstanceNormalization", operator.inputs.slice(0, 3), {
    epsilon: attribute.float(operator.real("epsilon", 1e-5)),
  });
}

/** Groups are normalized as if each were a channel; then every channel has its factor. */
function lowerGroupNorm(operator: OperatorContext): readonly string[] {
  operator.requireChannelsFirst();
  const shape = operator.shape(operator.input);
  const [batch = 1, channels = 1] = shape;
  const groups = operator.integer("group", 32);
  if (groups < 1 || channels % groups !== 0) {
    throw operator.error(`it has ${groups} groups, expected a divisor of its ${channels} channels`);
  }
  const rows = operator.emit("rows", "Reshape", {
    inputs: [operator.input, operator.integers("rows", [batch, groups, -1])],
  });
  const normal = operator.emit("normal", "InstanceNormalization", {
    inputs: [
      rows,
      operator.filled("ones", groups, 1),
      operator.filled("zeros", groups, 0),
    ],
    attributes: { epsilon: attribute.float(operator.real("epsilon", 1e-5)) },
  });
  const whole = operator.emit("whole", "Reshape", {
    inputs: [normal, operator.integers("whole", shape)],
  });
  return scaleChannels(operator, whole);
}

/** The second output, which only training reads, is left out. */
function lowerLrn(operator: OperatorContext): readonly string[] {
  operator.requireChannelsFirst();
  const size = operator.integer("size", 0);
  if (size < 1 || size % 2 === 0) {
    throw operator.error(`its size is ${size}, expected a positive odd number`);
  }
  return operator.output("LRN", [operator.input], {
    size: attribute.int(size),
    alpha: attribute.float(operator.real("alpha", 0)),
    beta: attribute.float(operator.real("beta", 0)),
    bias: attribute.float(operator.real("bias", 1)),
  });
}

/** Over all axes from `axis` on together. */
function lowerSoftmax(operator: OperatorContext): readonly string[] {
  const shape = operator.shape(operator.input);
  const axis = operator.axis(operator.integer("axis", 1), shape.length);
  if (shape.slice(axis + 1).every((size) => size === 1)) {
    return operator.output("Softmax", [operator.input], { axis: attribute.int(axis) });
  }
  const flat = operator.emit("flat", "Flatten", {
    inputs: [operator.input],
    attributes: { axis: attribute.int(axis) },
  });
  const result = operator.emit("softmax", "Softmax", {
    inputs: [flat],
    attributes: { axis: attribute.int(1) },
  });
  return operator.output("Reshape", [result, operator.integers("shape", shape)]);
}

function lowerReduce(operator: OperatorContext, type: string): readonly string[] {
  const rank = operator.shape(operator.input).length;
  const given = operator.integersOf("axes");
  const axes = given === undefined || given.length === 0
    ? Array.from({ length: rank }, (_, axis) => axis)
    : given.map((axis) => operator.axis(axis, rank));
  return operator.output(type, [operator.input, operator.integers("axes", axes)], {
    keepdims: attribute.int(operator.integer("keepdims", 1)),
  });
}

function lowerArgMax(operator: OperatorContext): readonly string[] {
  const rank = operator.shape(operator.input).length;
  return operator.output("ArgMax", [operator.input], {
    axis: attribute.int(operator.axis(operator.integer("axis", -1), rank)),
    keepdims: attribute.int(operator.integer("keepdims", 1)),
  });
}
