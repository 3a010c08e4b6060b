import { UnsupportedError } from "../../errors.ts";
import type { DataType } from "../../tensor/mod.ts";
import { intAttribute } from "../attributes.ts";
import { dataTypeOfOnnxCode } from "../onnx_data_type.ts";
import {
  broadcastShapes,
  formatShape,
  inputType,
  nodeError,
  normalizeAxis,
  requireDtype,
  trainingError,
} from "./operator_call.ts";
import type { OperatorCall, OperatorSchema, OperatorTable, TensorType } from "./operator_schema.ts";

/** One input, one output of the same type. */
function unary(...attributes: string[]): OperatorSchema {
  return { inputs: [1, 1], attributes, infer: (call) => [inputType(call, 0)] };
}

function unaryToBool(...attributes: string[]): OperatorSchema {
  return {
    inputs: [1, 1],
    attributes,
    infer: (call) => [{ dtype: "bool", shape: inputType(call, 0).shape }],
  };
}

/** The types of all inputs that are there, which must have one element type. */
function sameDtype(call: OperatorCall): readonly TensorType[] {
  const types = call.inputs.map((_, index) => inputType(call, index));
  const first = types[0]?.dtype;
  for (const [index, { dtype }] of types.entries()) {
    if (dtype !== first) {
      throw nodeError(call.node, {
        what: `the type of input ${index}`,
        found: dtype,
        expected: `${first} as that of input 0`,
      });
    }
  }
  return types;
}

/** Inputs of one type that broadcast together; the result has `dtype` or that type. */
function broadcasting(
  inputs: readonly [number, number],
  { dtype, accepts }: { readonly dtype?: DataType; readonly accepts?: readonly DataType[] } = {},
): OperatorSchema {
  return {
    inputs,
    infer: (call) => {
      const types = sameDtype(call);
      if (accepts !== undefined) requireDtype(call, { index: 0, dtypes: accepts });
      const shape = broadcastShapes(call.node, types.map((type) => type.shape));
      return [{ dtype: dtype ?? inputType(call, 0).dtype, shape }];
    },
  };
}

const INTEGERS: readonly DataType[] = [
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
];

function inferPow(call: OperatorCall): readonly TensorType[] {
  const [base, exponent] = [inputType(call, 0), inputType(call, 1)];
  return [{ dtype: base.dtype, shape: broadcastShapes(call.node, [base.shape, exponent.shape]) }];
}

/** The slope broadcasts to the input, never the other way round. */
function inferPRelu(call: OperatorCall): readonly TensorType[] {
  const [data, slope] = [inputType(call, 0), inputType(call, 1)];
  const shape = broadcastShapes(call.node, [data.shape, slope.shape]);
  if (shape.length !== data.shape.length || shape.some((d, i) => d !== data.shape[i])) {
    throw nodeError(call.node, {
      what: "the shape of its slope",
      found: formatShape(slope.shape),
      expected: `one that broadcasts to ${formatShape(data.shape)}`,
    });
  }
  return [data];
}

function inferClip(call: OperatorCall): readonly TensorType[] {
  const data = inputType(call, 0);
  for (const index of [1, 2]) {
    const bound = call.inputs[index];
    if (bound !== undefined && bound.shape.some((dimension) => dimension !== 1)) {
      throw nodeError(call.node, {
        what: `the shape of input ${index}`,
        found: formatShape(bound.shape),
        expected: "a scalar",
      });
    }
  }
  return [data];
}

function inferWhere(call: OperatorCall): readonly TensorType[] {
  const condition = requireDtype(call, { index: 0, dtypes: ["bool"] });
  const chosen = inputType(call, 1);
  const other = requireDtype(call, { index: 2, dtypes: [chosen.dtype] });
  const shapes = [condition.shape, chosen.shape, other.shape];
  return [{ dtype: chosen.dtype, shape: broadcastShapes(call.node, shapes) }];
}

function inferCast(call: OperatorCall): readonly TensorType[] {
  const code = intAttribute(call.node, "to", 0);
  const dtype = dataTypeOfOnnxCode(code);
  if (dtype === undefined) {
    throw new UnsupportedError(
      `Cannot convert node "${call.node.name}" (Cast): it casts to ONNX type ${code}; ` +
        "float32, float64, float16, bfloat16, bool and integers of 4 to 64 bits work",
      { node: call.node.name, operator: "Cast" },
    );
  }
  return [{ dtype, shape: inputType(call, 0).shape }];
}

function inferDropout(call: OperatorCall): readonly TensorType[] {
  const data = inputType(call, 0);
  if (call.constants[2]?.data[0]) throw trainingError(call.node);
  return [data, { dtype: "bool", shape: data.shape }];
}

function inferCumSum(call: OperatorCall): readonly TensorType[] {
  const data = inputType(call, 0);
  const axis = call.constants[1];
  if (axis !== undefined) {
    normalizeAxis(call.node, { axis: Number(axis.data[0] ?? 0), rank: data.shape.length });
  }
  return [data];
}

/** Operators that work on each element: activations, arithmetic, comparison, logic. */
export const ELEMENTWISE: OperatorTable = {
  Abs: unary(),
  Acos: unary(),
  Acosh: unary(),
  Add: broadcasting([2, 2]),
  And: broadcasting([2, 2], { accepts: ["bool"] }),
  Asin: unary(),
  Asinh: unary(),
  Atan: unary(),
  Atanh: unary(),
  BitShift: { ...broadcasting([2, 2], { accepts: INTEGERS }), attributes: ["direction"] },
  BitwiseAnd: broadcasting([2, 2], { accepts: INTEGERS }),
  BitwiseNot: unary(),
  BitwiseOr: broadcasting([2, 2], { accepts: INTEGERS }),
  BitwiseXor: broadcasting([2, 2], { accepts: INTEGERS }),
  Cast: { inputs: [1, 1], attributes: ["to", "saturate"], infer: inferCast },
  CastLike: {
    inputs: [2, 2],
    attributes: ["saturate"],
    infer: (call) => [{ dtype: inputType(call, 1).dtype, shape: inputType(call, 0).shape }],
  },
  Ceil: unary(),
  Celu: unary("alpha"),
  Clip: { inputs: [1, 3], settings: [1, 2], infer: inferClip },
  Cos: unary(),
  Cosh: unary(),
  CumSum: {
    inputs: [2, 2],
    attributes: ["exclusive", "reverse"],
    settings: [1],
    infer: inferCumSum,
  },
  Div: broadcasting([2, 2]),
  Dropout: {
    inputs: [1, 3],
    outputs: [1, 2],
    attributes: ["seed"],
    settings: [1, 2],
    infer: inferDropout,
  },
  Elu: unary("alpha"),
  Equal: broadcasting([2, 2], { dtype: "bool" }),
  Erf: unary(),
  Exp: unary(),
  Floor: unary(),
  Gelu: unary("approximate"),
  Greater: broadcasting([2, 2], { dtype: "bool" }),
  GreaterOrEqual: broadcasting([2, 2], { dtype: "bool" }),
  HardSigmoid: unary("alpha", "beta"),
  HardSwish: unary(),
  Identity: unary(),
  IsInf: unaryToBool("detect_negative", "detect_positive"),
  IsNaN: unaryToBool(),
  LeakyRelu: unary("alpha"),
  Less: broadcasting([2, 2], { dtype: "bool" }),
  LessOrEqual: broadcasting([2, 2], { dtype: "bool" }),
  Log: unary(),
  Max: broadcasting([1, Infinity]),
  Mean: broadcasting([1, Infinity]),
  Min: broadcasting([1, Infinity]),
  Mish: unary(),
  Mod: { ...broadcasting([2, 2]), attributes: ["fmod"] },
  Mul: broadcasting([2, 2]),
  Neg: unary(),
  Not: unary(),
  Or: broadcasting([2, 2], { accepts: ["bool"] }),
  PRelu: { inputs: [2, 2], infer: inferPRelu },
  Pow: { inputs: [2, 2], infer: inferPow },
  Reciprocal: unary(),
  Relu: unary(),
  Round: unary(),
  Selu: unary("alpha", "gamma"),
  Shrink: unary("bias", "lambd"),
  Sigmoid: unary(),
  Sign: unary(),
  Sin: unary(),
  Sinh: unary(),
  Softplus: unary(),
  Softsign: unary(),
  Sqrt: unary(),
  Sub: broadcasting([2, 2]),
  Sum: broadcasting([1, Infinity]),
  Tan: unary(),
  Tanh: unary(),
  ThresholdedRelu: unary("alpha"),
  Where: { inputs: [3, 3], infer: inferWhere },
  Xor: broadcasting([2, 2], { accepts: ["bool"] }),
};
