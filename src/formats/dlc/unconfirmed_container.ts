/**
 * Every choice about the container that nobody outside Qualcomm can confirm, in one place. Each is
 * what real files have where they have it, else the reading that public readers share. The same for
 * layers and operators is in `unconfirmed_operators.ts`; `docs/dlc.md` lists both for users.
 *
 * @module
 */
import type { DataType } from "../../tensor/mod.ts";
import type { NumberType, Table } from "./flatbuffer/mod.ts";
import type { DlcVersion } from "./header.ts";
import { type ArchiveStyle, QAIRT_STYLE, SNPE_STYLE } from "./zip/mod.ts";

/**
 * How the archive of a version is laid out. 3.0 and 4.1 are known from real files; no real 4.0 file was
 * at hand, and it is written as 3.0.
 */
export const ARCHIVE_STYLES: Readonly<Record<DlcVersion, ArchiveStyle>> = {
  "3.0": SNPE_STYLE,
  "4.0": SNPE_STYLE,
  "4.1": QAIRT_STYLE,
};

/**
 * Version 3: element types of tensors of kind "bytes", by bytes an element. One byte is known from
 * real files. That 16-bit weights and 32-bit biases are of the same kind with wider elements is a
 * guess; they are read and written so.
 */
export const BYTE_DATA_TYPES: ReadonlyMap<number, DataType> = new Map([
  [1, "uint8"],
  [2, "uint16"],
  [4, "int32"],
]);

/**
 * Version 4: slots of a tensor that hold numbers of unknown meaning. What is found there is kept and
 * written again.
 */
export const UNKNOWN_TENSOR_SLOTS: readonly { readonly slot: number; readonly type: NumberType }[] =
  [
    { slot: 4, type: "int32" },
    { slot: 8, type: "uint8" },
    { slot: 12, type: "int32" },
  ];

/** Their values in a tensor of a graph, as in the one real 4.1 file: slot number to value. */
export const GRAPH_TENSOR_UNKNOWN: ReadonlyMap<number, number> = new Map([[4, -1], [8, 1], [
  12,
  -1,
]]);

/** Their values in a parameter tensor of an operator, which lacks slot 8. */
export const PARAMETER_TENSOR_UNKNOWN: ReadonlyMap<number, number> = new Map([[4, -1], [12, -1]]);

/**
 * Version 4.1: slot of a tensor that holds a vector of unknown content, empty in the one real file.
 * It is written empty.
 */
export const EMPTY_TENSOR_SLOT = 14;

/**
 * Version 4.1: slot of a graph that repeats its name in the one real file, for reasons unknown. It is
 * written with the name and not read.
 */
export const SECOND_NAME_SLOT = 4;

/**
 * Version 4: values of the kind of a quantization. "None" is in the real file; 0 and 1 are what two
 * public readers say.
 */
export const QUANTIZATION_KIND = { perTensor: 0, perAxis: 1, none: 0x7fff_ffff } as const;

/** Version 4: slots of a quantization for block-wise forms, whose tables are not known well enough. */
export const BLOCK_QUANTIZATION_SLOTS: readonly number[] = [4, 5, 6];

/**
 * Version 4.1: tensors in `model.params.bin` begin at multiples of this. In the real file all sizes
 * are multiples of 16 and follow each other without gaps, so its rule cannot be told.
 */
export const TENSOR_ALIGNMENT_BYTES = 64;

/** Version 4: slots of a scalar that hold a floating-point number. */
const FLOAT_SLOT = 2;

/**
 * Version 4: a floating-point scalar. Public readers differ between 64 and 32 bits in this slot, and
 * no real file at hand has one. The table decides: where eight aligned bytes are left it is a 64-bit
 * number, else a 32-bit one. It is written with 64 bits; Netron, which reads 32, shows another number.
 */
export function readFloatScalar(scalar: Table): number {
  const { byteLength, aligned8 } = scalar.roomFor(FLOAT_SLOT);
  return aligned8 && byteLength >= 8 ? scalar.float64(FLOAT_SLOT) : scalar.float32(FLOAT_SLOT);
}

/**
 * Version 4.0 with identifier `NR64`: the tensors in the order of their buffers, for files whose
 * records have no index. It is Netron's order: static tensors sorted by name, then parameter tensors
 * by operator.
 */
export function orderWithoutIndex<T extends { readonly name: string }>(
  staticTensors: readonly T[],
  parameterTensors: readonly (readonly T[])[],
): readonly T[] {
  const sorted = staticTensors.toSorted((a, b) => a.name.localeCompare(b.name));
  return [...sorted, ...parameterTensors.flat()];
}
