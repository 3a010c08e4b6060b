import type { DlcArgument } from "../document.ts";
import {
  boolean,
  bytes,
  type Field,
  float32,
  float32s,
  int32,
  int32s,
  type Table,
  table,
  type TableField,
  tablesOf,
  text,
  texts,
  uint32,
  uint32s,
  uint8,
} from "../flatbuffer/mod.ts";

/** Slots of an argument before its value. */
const SLOT = { name: 0, kind: 1 } as const;

/** The kinds in the order of their numbers, which begin at 1; 0 is "unspecified" and not used. */
const KINDS = [
  "boolean",
  "int",
  "uint",
  "float",
  "string",
  "bytes",
  "ints",
  "uints",
  "floats",
  "strings",
  "nested",
] as const satisfies readonly DlcArgument["kind"][];

/** The value of a kind stands in the slot one above the kind's number. */
function slotOf(kind: DlcArgument["kind"]): number {
  return KINDS.indexOf(kind) + 2;
}

/** Reads a vector of arguments, in the order of the file. */
export async function readArguments(parent: Table, slot: number): Promise<DlcArgument[]> {
  const list: DlcArgument[] = [];
  for await (const item of parent.tables(slot)) list.push(await readArgument(item));
  return list;
}

async function readArgument(item: Table): Promise<DlcArgument> {
  const name = await item.text(SLOT.name);
  const number = item.uint8(SLOT.kind);
  const kind = KINDS[number - 1];
  if (kind === undefined) {
    throw item.damaged(`kind of attribute "${name}"`, number, `1 to ${KINDS.length}`);
  }
  const slot = slotOf(kind);
  switch (kind) {
    case "boolean":
      return { name, kind, value: item.uint8(slot) !== 0 };
    case "int":
      return { name, kind, value: item.int32(slot) };
    case "uint":
      return { name, kind, value: item.uint32(slot) };
    case "float":
      return { name, kind, value: item.float32(slot) };
    case "string":
      return { name, kind, value: await item.text(slot) };
    case "bytes":
      return { name, kind, value: await item.bytes(slot) };
    case "ints":
      return { name, kind, value: await item.int32s(slot) };
    case "uints":
      return { name, kind, value: await item.uint32s(slot) };
    case "floats":
      return { name, kind, value: await item.float32s(slot) };
    case "strings":
      return { name, kind, value: await item.texts(slot) };
    case "nested":
      return { name, kind, value: await readArguments(item, slot) };
  }
}

/** Describes a vector of arguments for writing. */
export function describeArguments(list: readonly DlcArgument[]): Field {
  return tablesOf(list, describeArgument);
}

function describeArgument(argument: DlcArgument): TableField {
  const { name, kind } = argument;
  return table({
    [SLOT.name]: text(name),
    [SLOT.kind]: uint8(KINDS.indexOf(kind) + 1),
    [slotOf(kind)]: describeValue(argument),
  });
}

function describeValue(argument: DlcArgument): Field {
  switch (argument.kind) {
    case "boolean":
      return boolean(argument.value);
    case "int":
      return int32(argument.value);
    case "uint":
      return uint32(argument.value);
    case "float":
      return float32(argument.value);
    case "string":
      return text(argument.value);
    case "bytes":
      return bytes(argument.value);
    case "ints":
      return int32s(argument.value);
    case "uints":
      return uint32s(argument.value);
    case "floats":
      return float32s(argument.value);
    case "strings":
      return texts(argument.value);
    case "nested":
      return describeArguments(argument.value);
  }
}
