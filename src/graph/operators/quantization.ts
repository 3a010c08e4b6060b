import { countElements, type DataType } from "../../tensor/mod.ts";
import { UnsupportedError } from "../../errors.ts";
import { intAttribute } from "../attributes.ts";
import { dataTypeOfOnnxCode } from "../onnx_data_type.ts";
import { axisAttribute, formatShape, inputType, nodeError } from "./operator_call.ts";
import type { OperatorCall, OperatorTable, TensorType } from "./operator_schema.ts";

/** A scale is a scalar, has one element for each index of `axis`, or one for each block of it. */
function requireScale(call: OperatorCall): void {
  const { shape } = inputType(call, 0);
  const scale = inputType(call, 1);
  const zero = call.inputs[2];
  const single = countElements(scale.shape) === 1;
  const agrees = zero === undefined || formatShape(zero.shape) === formatShape(scale.shape) ||
    (single && countElements(zero.shape) === 1);
  if (!agrees) {
    throw nodeError(call.node, {
      what: "the shape of its zero point",
      found: formatShape(zero.shape),
      expected: `${formatShape(scale.shape)} as that of its scale`,
    });
  }
  if (single) return;
  const axis = axisAttribute(call, { rank: shape.length, fallback: 1 });
  const block = intAttribute(call.node, "block_size", 0);
  const expected = block > 0
    ? shape.with(axis, Math.ceil((shape[axis] ?? 0) / block))
    : [shape[axis] ?? 0];
  if (formatShape(scale.shape) !== formatShape(expected)) {
    throw nodeError(call.node, {
      what: "the shape of its scale",
      found: formatShape(scale.shape),
      expected: `${formatShape(expected)} or a scalar`,
    });
  }
}

function storedDtype(call: OperatorCall): DataType {
  const zero = call.inputs[2];
  if (zero !== undefined) return zero.dtype;
  const code = intAttribute(call.node, "output_dtype", 0);
  const dtype = code === 0 ? "uint8" : dataTypeOfOnnxCode(code);
  if (dtype !== undefined) return dtype;
  throw new UnsupportedError(
    `Cannot convert node "${call.node.name}" (QuantizeLinear): it quantizes to ONNX type ${code}; ` +
      "integers of 4, 8 and 16 bits work",
    { node: call.node.name, operator: "QuantizeLinear" },
  );
}

function inferQuantize(call: OperatorCall): readonly TensorType[] {
  requireScale(call);
  return [{ dtype: storedDtype(call), shape: inputType(call, 0).shape }];
}

function inferDequantize(call: OperatorCall): readonly TensorType[] {
  requireScale(call);
  return [{ dtype: inputType(call, 1).dtype, shape: inputType(call, 0).shape }];
}

/** Operators between real numbers and stored integers. */
export const QUANTIZATION: OperatorTable = {
  DequantizeLinear: {
    inputs: [2, 3],
    attributes: ["axis", "block_size"],
    settings: [1, 2],
    infer: inferDequantize,
  },
  QuantizeLinear: {
    inputs: [2, 3],
    attributes: ["axis", "block_size", "output_dtype", "saturate"],
    settings: [1, 2],
    infer: inferQuantize,
  },
};
