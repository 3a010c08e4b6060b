import { assert, assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../../../src/errors.ts";
import {
  bytes,
  float32s,
  table,
  type TableField,
  tables,
  text,
  uint32s,
  uint8,
} from "../../../../src/formats/dlc/flatbuffer/mod.ts";
import { openComposed } from "../_compose.ts";

/** A model of layers with these names. */
function model(...names: readonly string[]): TableField {
  return table({ 1: tables(names.map((name) => table({ 1: text(name), 2: text("Const") }))) });
}

/** Parameters with one tensor in each of the layers named. */
function parameters(tensor: TableField, ...names: readonly string[]): TableField {
  return table({ 0: tables(names.map((name) => table({ 0: text(name), 1: tables([tensor]) }))) });
}

/** A tensor `w` of two dimensions whose data are given. */
function tensor(data: TableField | undefined, shape: readonly number[] = [2, 3]): TableField {
  return table({ 0: text("w"), 1: uint32s(shape), ...(data !== undefined && { 2: data }) });
}

const SIX_BYTES = table({ 0: uint8(6), 1: bytes(new Uint8Array(6)) });

const NONE = table({ 0: tables([]) });

Deno.test("readNetwork3 reads data of kind 'bytes' by the width of an element", async () => {
  for (const [width, dtype] of [[1, "uint8"], [2, "uint16"], [4, "int32"]] as const) {
    const data = table({ 0: uint8(6), 1: bytes(new Uint8Array(6 * width)) });
    const document = await openComposed({
      version: "3.0",
      model: model("a"),
      parameters: parameters(tensor(data), "a"),
    });
    assert(document.version === "3.0");
    assertEquals(document.layers[0]?.tensors[0]?.data.dtype, dtype);
  }
});

const CASES: readonly {
  readonly what: string;
  readonly model: TableField;
  readonly parameters: TableField;
  readonly message: string;
}[] = [
  {
    what: "two layers of one name",
    model: model("a", "a"),
    parameters: NONE,
    message: 'names of layers: found "a" twice, expected each once',
  },
  {
    what: "parameters of a layer that is not there",
    model: model("a"),
    parameters: parameters(tensor(SIX_BYTES), "b"),
    message: 'layers with parameters: found "b", which the model lacks, expected its layers',
  },
  {
    what: "parameters of one layer in two places",
    model: model("a"),
    parameters: parameters(tensor(SIX_BYTES), "a", "a"),
    message: 'layers with parameters: found "a" twice, expected each once',
  },
  {
    what: "a tensor without data",
    model: model("a"),
    parameters: parameters(tensor(undefined), "a"),
    message: 'data of tensor "w" of layer "a": found none, expected some',
  },
  {
    what: "data of an unknown kind",
    model: model("a"),
    parameters: parameters(tensor(table({ 0: uint8(7) })), "a"),
    message: 'kind of data of tensor "w" of layer "a": found 7, expected 6 or 9',
  },
  {
    what: "data without elements",
    model: model("a"),
    parameters: parameters(tensor(table({ 0: uint8(9) })), "a"),
    message: 'data of tensor "w" of layer "a": found none, expected some',
  },
  {
    what: "bytes of a size that no element has",
    model: model("a"),
    parameters: parameters(tensor(SIX_BYTES, [2]), "a"),
    message: 'size of tensor "w" of layer "a" with dimensions [2]: found 6, expected 2 or 4 or 8',
  },
  {
    what: "dimensions whose product overflows",
    model: model("a"),
    parameters: parameters(tensor(SIX_BYTES, [2 ** 32 - 1, 2 ** 32 - 1]), "a"),
    message:
      'dimensions of tensor "w" of layer "a": found [4294967295, 4294967295], expected fewer ' +
      "than 2^53 elements",
  },
  {
    what: "more dimensions than any tensor has",
    model: model("a"),
    parameters: parameters(tensor(SIX_BYTES, Array(33).fill(1)), "a"),
    message: 'number of dimensions of tensor "w" of layer "a": found 33, expected at most 32',
  },
  {
    what: "an attribute of an unknown kind",
    model: table({ 4: tables([table({ 0: text("x"), 1: uint8(12) })]) }),
    parameters: NONE,
    message: 'kind of attribute "x": found 12, expected 1 to 11',
  },
];

for (const { what, message, ...members } of CASES) {
  Deno.test(`readNetwork3 refuses ${what}`, async () => {
    const error = await assertRejects(
      () => openComposed({ version: "3.0", ...members }),
      FormatError,
    );
    assertEquals(
      error.message.replace(/ \(byte \d+\)$/, ""),
      `Cannot read "bad.dlc": ${message}`,
    );
  });
}

Deno.test("readNetwork3 refuses floats of another number than the dimensions say", async () => {
  const data = table({ 0: uint8(9), 2: float32s([1, 2, 3]) });
  await assertRejects(
    () =>
      openComposed({
        version: "3.0",
        model: model("a"),
        parameters: parameters(tensor(data), "a"),
      }),
    FormatError,
    'tensor "a/w" of "bad.dlc"',
  );
});
