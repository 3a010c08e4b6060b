import { UnsupportedError } from "../../../errors.ts";
import type { DlcEncoding, DlcQuantization } from "../document.ts";
import {
  boolean,
  float32,
  int32,
  type Table,
  table,
  type TableField,
  tablesOf,
  uint32,
} from "../flatbuffer/mod.ts";
import { BLOCK_QUANTIZATION_SLOTS, QUANTIZATION_KIND } from "../unconfirmed_container.ts";

const SLOT = { kind: 0, overridden: 1, encoding: 2, axisEncoding: 3 } as const;
const AXIS = { axis: 0, encodings: 1 } as const;
const ENCODING = { bitwidth: 0, min: 1, max: 2, scale: 3, offset: 4, symmetric: 5 } as const;

/** What a tensor without a quantization table has. */
const NONE: DlcQuantization = { kind: QUANTIZATION_KIND.none, overridden: false, encodings: [] };

/**
 * Reads the quantization of a tensor.
 *
 * @param name The tensor's name, for messages.
 * @param shape Its dimensions; encodings along an axis must be as many as the axis is long.
 * @throws {UnsupportedError} If it is of a block-wise form.
 */
export async function readQuantization(
  quantization: Table | undefined,
  name: string,
  shape: readonly number[],
): Promise<DlcQuantization> {
  if (quantization === undefined) return NONE;
  if (BLOCK_QUANTIZATION_SLOTS.some((slot) => quantization.has(slot))) {
    throw new UnsupportedError(
      `Cannot read tensor "${name}": it is quantized in blocks; encodings for a whole tensor or ` +
        "along one axis are supported",
      { node: name },
    );
  }
  const common = {
    kind: quantization.uint32(SLOT.kind),
    overridden: quantization.uint8(SLOT.overridden) !== 0,
  };
  const encoding = await quantization.table(SLOT.encoding);
  const axisEncoding = await quantization.table(SLOT.axisEncoding);
  if (axisEncoding === undefined || common.kind === QUANTIZATION_KIND.perTensor) {
    return { ...common, encodings: encoding === undefined ? [] : [readEncoding(encoding)] };
  }
  const axis = axisEncoding.int32(AXIS.axis);
  const encodings: DlcEncoding[] = [];
  for await (const item of axisEncoding.tables(AXIS.encodings)) encodings.push(readEncoding(item));
  if (encodings.length !== shape[axis]) {
    throw axisEncoding.damaged(
      `encodings of tensor "${name}" along axis ${axis} of [${shape.join(", ")}]`,
      encodings.length,
      shape[axis] ?? "an axis that the tensor has",
    );
  }
  return { ...common, axis, encodings };
}

function readEncoding(encoding: Table): DlcEncoding {
  return {
    bitwidth: encoding.uint32(ENCODING.bitwidth),
    min: encoding.float32(ENCODING.min),
    max: encoding.float32(ENCODING.max),
    scale: encoding.float32(ENCODING.scale),
    offset: encoding.int32(ENCODING.offset),
    symmetric: encoding.uint8(ENCODING.symmetric) !== 0,
  };
}

/** Describes a quantization for writing. */
export function describeQuantization(quantization: DlcQuantization): TableField {
  const { kind, overridden, axis, encodings } = quantization;
  const common = { [SLOT.kind]: uint32(kind), [SLOT.overridden]: boolean(overridden) };
  if (axis !== undefined) {
    const axisEncoding = table({
      [AXIS.axis]: int32(axis),
      [AXIS.encodings]: tablesOf(encodings, describeEncoding),
    });
    return table({ ...common, [SLOT.axisEncoding]: axisEncoding });
  }
  const [encoding, ...others] = encodings;
  if (others.length > 0) {
    throw new RangeError(
      `Cannot write ${encodings.length} encodings of one tensor without an axis`,
    );
  }
  if (encoding === undefined) return table(common);
  return table({ ...common, [SLOT.encoding]: describeEncoding(encoding) });
}

function describeEncoding(encoding: DlcEncoding): TableField {
  return table({
    [ENCODING.bitwidth]: uint32(encoding.bitwidth),
    [ENCODING.min]: float32(encoding.min),
    [ENCODING.max]: float32(encoding.max),
    [ENCODING.scale]: float32(encoding.scale),
    [ENCODING.offset]: int32(encoding.offset),
    [ENCODING.symmetric]: boolean(encoding.symmetric),
  });
}
