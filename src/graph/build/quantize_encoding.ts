import {
  bitsPerElement,
  type DataType,
  type Encoding,
  type TensorEncoding,
} from "../../tensor/mod.ts";
import { intAttribute } from "../attributes.ts";
import { toIntegers, toNumbers } from "../constants/constant_values.ts";
import { constantTensor } from "../constants/model_constants.ts";
import type { Model, Node } from "../model.ts";
import { nodeError, normalizeAxis } from "../operators/operator_call.ts";
import type { TensorType } from "../operators/operator_schema.ts";

/**
 * The encoding of one ONNX scale and zero point: `real = scale * (q - zeroPoint)` with `q` of `dtype`
 * is `real = scale * (q' + offset)` with `q' = q - qmin` and `offset = qmin - zeroPoint`.
 */
function encodingOf(
  scale: number,
  { zeroPoint, dtype }: { readonly zeroPoint: number; readonly dtype: DataType },
): Encoding {
  const bitwidth = bitsPerElement(dtype);
  const signed = dtype.startsWith("int");
  const offset = (signed ? -(2 ** (bitwidth - 1)) : 0) - zeroPoint;
  return {
    bitwidth,
    min: scale * offset,
    max: scale * (2 ** bitwidth - 1 + offset),
    scale,
    offset,
    symmetric: signed && zeroPoint === 0,
  };
}

/** The stored side and the real side of a QuantizeLinear or DequantizeLinear node. */
export interface QuantizeTypes {
  /** Type of the tensor. */
  readonly type: TensorType;
  /** Element type of the stored integers. */
  readonly stored: DataType;
}

/**
 * The encoding that a QuantizeLinear or DequantizeLinear node describes.
 *
 * @returns The encoding, or `undefined` if scale or zero point are not constant or run over blocks.
 * @throws {FormatError} If a scale is not positive and finite.
 */
export function quantizeEncoding(
  model: Pick<Model, "initializers">,
  node: Node,
  { type, stored }: QuantizeTypes,
): TensorEncoding | undefined {
  const scale = constantTensor(model, node.inputs[1] ?? "");
  const zeroName = node.inputs[2] ?? "";
  const zero = constantTensor(model, zeroName);
  if (scale === undefined || (zeroName !== "" && zero === undefined)) return undefined;
  if (intAttribute(node, "block_size", 0) !== 0) return undefined;
  if (!/^u?int(4|8|16|32)$/.test(stored)) return undefined;
  const zeros = zero === undefined ? [] : toIntegers(zero);
  const encodings = toNumbers(scale).map((step, i) => {
    if (!(step > 0 && Number.isFinite(step))) {
      throw nodeError(node, {
        what: `its scale ${i}`,
        found: String(step),
        expected: "a positive number",
      });
    }
    return encodingOf(step, { zeroPoint: zeros[i] ?? 0, dtype: stored });
  });
  if (encodings.length === 1) return { encodings };
  const rank = type.shape.length;
  return { axis: normalizeAxis(node, { axis: intAttribute(node, "axis", 1), rank }), encodings };
}
