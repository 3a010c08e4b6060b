import { UnsupportedError } from "../../../errors.ts";
import { referenceRange, type TensorReference } from "../../../tensor/mod.ts";
import { type DlcTensor, QNN_STORAGE } from "../document.ts";
import {
  type Field,
  int32,
  numberField,
  type Table,
  table,
  type TableField,
  tables,
  tablesOf,
  text,
  uint32,
  uint32s,
} from "../flatbuffer/mod.ts";
import { readShape } from "../read_shape.ts";
import type { SourceRange } from "../source_range.ts";
import { EMPTY_TENSOR_SLOT, UNKNOWN_TENSOR_SLOTS } from "../unconfirmed_container.ts";
import { describeQuantization, readQuantization } from "./quantization.ts";

const SLOT = {
  id: 0,
  name: 1,
  role: 2,
  shape: 3,
  quantization: 5,
  dtype: 6,
  sourceDtype: 7,
} as const;

/** The role of a tensor whose elements are in the file. */
export const STATIC_ROLE = 4;

/** Says where the elements of a tensor lie, by its name; `undefined` if it has none. */
export type FindData = (name: string) => SourceRange | undefined;

/**
 * Reads a tensor of a graph; static ones get their elements.
 *
 * @throws {FormatError} If a static tensor lacks elements, or their number does not match the shape.
 * @throws {UnsupportedError} If the elements are of a type that is not read.
 */
export function readTensor(tensor: Table, findData: FindData): Promise<DlcTensor> {
  const isStatic = tensor.int32(SLOT.role) === STATIC_ROLE;
  return readTensorWith(tensor, isStatic ? findData : undefined);
}

/** Reads a parameter tensor of an operator, which always has elements. */
export function readParameterTensor(tensor: Table, findData: FindData): Promise<DlcTensor> {
  return readTensorWith(tensor, findData);
}

async function readTensorWith(tensor: Table, findData: FindData | undefined): Promise<DlcTensor> {
  const name = await tensor.text(SLOT.name);
  const shape = await readShape(tensor, SLOT.shape, `tensor "${name}"`);
  const dtypeCode = tensor.uint32(SLOT.dtype);
  const stored = findData?.(name);
  if (findData !== undefined && stored === undefined) {
    throw tensor.damaged(`elements of static tensor "${name}"`, "none", "some");
  }
  const unknown = UNKNOWN_TENSOR_SLOTS.filter(({ slot }) => tensor.has(slot));
  return {
    id: tensor.uint32(SLOT.id),
    name,
    role: tensor.int32(SLOT.role),
    shape,
    dtypeCode,
    sourceDtypeCode: tensor.uint32(SLOT.sourceDtype),
    quantization: await readQuantization(await tensor.table(SLOT.quantization), name, shape),
    unknown: new Map(unknown.map(({ slot, type }) => [slot, tensor[type](slot)])),
    ...(stored !== undefined && { data: reference(name, { shape, dtypeCode, stored }) }),
  };
}

function reference(
  name: string,
  { shape, dtypeCode, stored }: {
    readonly shape: readonly number[];
    readonly dtypeCode: number;
    readonly stored: SourceRange;
  },
): TensorReference {
  const dtype = QNN_STORAGE.get(dtypeCode);
  if (dtype === undefined) {
    throw new UnsupportedError(
      `Cannot read tensor "${name}": its type has code 0x${dtypeCode.toString(16)}; integers, ` +
        "fixed-point and floating-point numbers and booleans are supported",
      { node: name },
    );
  }
  return referenceRange({ name, dtype, shape, ...stored });
}

/** Describes a vector of tensors for writing. */
export function describeTensors(list: readonly DlcTensor[], version: "4.0" | "4.1"): Field {
  return tablesOf(list, (tensor) => describeTensor(tensor, version));
}

/** Describes a tensor for writing; its elements are described with the parameters. */
export function describeTensor(tensor: DlcTensor, version: "4.0" | "4.1"): TableField {
  const unknown = UNKNOWN_TENSOR_SLOTS.flatMap(({ slot, type }) => {
    const value = tensor.unknown.get(slot);
    return value === undefined ? [] : [[slot, numberField(type, value)]];
  });
  return table({
    [SLOT.id]: uint32(tensor.id),
    [SLOT.name]: text(tensor.name),
    [SLOT.role]: int32(tensor.role),
    [SLOT.shape]: uint32s(tensor.shape),
    [SLOT.quantization]: describeQuantization(tensor.quantization),
    [SLOT.dtype]: uint32(tensor.dtypeCode),
    [SLOT.sourceDtype]: uint32(tensor.sourceDtypeCode),
    ...Object.fromEntries(unknown),
    ...(version === "4.1" && { [EMPTY_TENSOR_SLOT]: tables([]) }),
  });
}
