import { countElements } from "../../tensor/mod.ts";
import { UnsupportedError } from "../../errors.ts";
import { intAttribute, tensorAttribute } from "../attributes.ts";
import { dataTypeOfOnnxCode } from "../onnx_data_type.ts";
import {
  formatShape,
  inputType,
  nodeError,
  requireRank,
  settingIntegers,
  settingNumbers,
} from "./operator_call.ts";
import type { OperatorCall, OperatorTable, TensorType } from "./operator_schema.ts";

const CONSTANT_ATTRIBUTES = [
  "value",
  "value_float",
  "value_floats",
  "value_int",
  "value_ints",
] as const;

/** The one attribute a Constant node holds its value in. */
function inferConstant(call: OperatorCall): readonly TensorType[] {
  const { node } = call;
  const names = Object.keys(node.attributes);
  const attribute = names.length === 1 ? node.attributes[names[0] ?? ""] : undefined;
  switch (attribute?.type) {
    case "tensor":
      return [{ dtype: attribute.value.dtype, shape: attribute.value.shape }];
    case "float":
      return [{ dtype: "float32", shape: [] }];
    case "int":
      return [{ dtype: "int64", shape: [] }];
    case "floats":
      return [{ dtype: "float32", shape: [attribute.value.length] }];
    case "ints":
      return [{ dtype: "int64", shape: [attribute.value.length] }];
  }
  if (attribute !== undefined) {
    throw new UnsupportedError(
      `Cannot convert node "${node.name}" (Constant): its value is made of ` +
        `${attribute.type}; numbers work`,
      { node: node.name, operator: "Constant" },
    );
  }
  throw nodeError(node, {
    what: "the number of its attributes",
    found: String(names.length),
    expected: `one of ${CONSTANT_ATTRIBUTES.join(", ")}`,
  });
}

function inferConstantOfShape(call: OperatorCall): readonly TensorType[] {
  const shape = settingIntegers(call, { index: 0, what: "the shape" });
  if (shape.some((dimension) => dimension < 0)) {
    throw nodeError(call.node, {
      what: "the shape of its output",
      found: formatShape(shape),
      expected: "no negative dimension",
    });
  }
  const value = tensorAttribute(call.node, "value");
  if (value !== undefined && countElements(value.shape) !== 1) {
    throw nodeError(call.node, {
      what: 'attribute "value"',
      found: `of shape ${formatShape(value.shape)}`,
      expected: "one element",
    });
  }
  return [{ dtype: value?.dtype ?? "float32", shape }];
}

function inferEyeLike(call: OperatorCall): readonly TensorType[] {
  const like = requireRank(call, { index: 0, least: 2 });
  const code = intAttribute(call.node, "dtype", -1);
  const dtype = code === -1 ? like.dtype : dataTypeOfOnnxCode(code);
  if (dtype !== undefined) return [{ dtype, shape: like.shape }];
  throw nodeError(call.node, {
    what: 'attribute "dtype"',
    found: String(code),
    expected: "a type of numbers",
  });
}

function inferRange(call: OperatorCall): readonly TensorType[] {
  const [start = 0] = settingNumbers(call, { index: 0, what: "start" });
  const [limit = 0] = settingNumbers(call, { index: 1, what: "limit" });
  const [delta = 0] = settingNumbers(call, { index: 2, what: "delta" });
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!Number.isSafeInteger(count)) {
    throw nodeError(call.node, {
      what: "its range",
      found: `${start} to ${limit} by ${delta}`,
      expected: "a finite one",
    });
  }
  return [{ dtype: inputType(call, 0).dtype, shape: [count] }];
}

/** Operators that make values from attributes and settings. */
export const GENERATING: OperatorTable = {
  Constant: { inputs: [0, 0], attributes: CONSTANT_ATTRIBUTES, infer: inferConstant },
  ConstantOfShape: {
    inputs: [1, 1],
    attributes: ["value"],
    settings: [0],
    infer: inferConstantOfShape,
  },
  EyeLike: { inputs: [1, 1], attributes: ["dtype", "k"], infer: inferEyeLike },
  Range: { inputs: [3, 3], settings: [0, 1, 2], infer: inferRange },
};
