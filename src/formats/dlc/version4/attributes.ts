import type { DlcAttribute } from "../document.ts";
import {
  type Field,
  float64,
  int32,
  int64,
  type Table,
  table,
  tablesOf,
  text,
  uint32,
  uint8,
} from "../flatbuffer/mod.ts";
import { readFloatScalar } from "../unconfirmed_container.ts";
import { describeTensor, type FindData, readParameterTensor } from "./tensors.ts";

const SLOT = { name: 0, kind: 1, group: 2, scalar: 3, tensor: 4 } as const;
const SCALAR = { dtype: 0, integer: 1, float: 2, string: 3 } as const;
const KIND = { scalar: 0, tensor: 1 } as const;

/** QNN types whose scalars are strings; the second is "undefined". */
const STRING_CODES = [0x0608, 0x7fff_ffff];

/** The high byte of QNN's codes of floating-point types. */
const FLOAT_FAMILY = 0x02;

/**
 * Reads a vector of attributes.
 *
 * @param findData Where the elements of parameter tensors lie.
 */
export async function readAttributes(
  parent: Table,
  slot: number,
  findData: FindData,
): Promise<DlcAttribute[]> {
  const attributes: DlcAttribute[] = [];
  for await (const attribute of parent.tables(slot)) {
    const name = await attribute.text(SLOT.name);
    attributes.push({
      name,
      group: attribute.uint8(SLOT.group),
      value: await readValue(attribute, name, findData),
    });
  }
  return attributes;
}

async function readValue(
  attribute: Table,
  name: string,
  findData: FindData,
): Promise<DlcAttribute["value"]> {
  const kind = attribute.int32(SLOT.kind);
  if (kind !== KIND.scalar && kind !== KIND.tensor) {
    throw attribute.damaged(`kind of attribute "${name}"`, kind, "0 (scalar) or 1 (tensor)");
  }
  const value = await attribute.table(kind === KIND.scalar ? SLOT.scalar : SLOT.tensor);
  if (value === undefined) throw attribute.damaged(`value of attribute "${name}"`, "none", "one");
  if (kind === KIND.tensor) {
    return { kind: "tensor", tensor: await readParameterTensor(value, findData) };
  }
  const dtypeCode = value.uint32(SCALAR.dtype);
  if (STRING_CODES.includes(dtypeCode)) {
    return { kind: "string", dtypeCode, value: await value.text(SCALAR.string) };
  }
  if (dtypeCode >>> 8 === FLOAT_FAMILY) {
    return { kind: "float", dtypeCode, value: readFloatScalar(value) };
  }
  return { kind: "int", dtypeCode, value: value.int64(SCALAR.integer) };
}

/** Describes a vector of attributes for writing. */
export function describeAttributes(
  attributes: readonly DlcAttribute[],
  version: "4.0" | "4.1",
): Field {
  return tablesOf(attributes, ({ name, group, value }) =>
    table({
      [SLOT.name]: text(name),
      [SLOT.kind]: int32(value.kind === "tensor" ? KIND.tensor : KIND.scalar),
      [SLOT.group]: uint8(group),
      ...(value.kind === "tensor"
        ? { [SLOT.tensor]: describeTensor(value.tensor, version) }
        : { [SLOT.scalar]: describeScalar(value) }),
    }));
}

function describeScalar(scalar: Exclude<DlcAttribute["value"], { kind: "tensor" }>): Field {
  const dtype = { [SCALAR.dtype]: uint32(scalar.dtypeCode) };
  switch (scalar.kind) {
    case "int":
      return table({ ...dtype, [SCALAR.integer]: int64(scalar.value) });
    case "float":
      return table({ ...dtype, [SCALAR.float]: float64(scalar.value) });
    case "string":
      return table({ ...dtype, [SCALAR.string]: text(scalar.value) });
  }
}
