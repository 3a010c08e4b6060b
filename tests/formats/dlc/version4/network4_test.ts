import { assert, assertEquals, assertRejects } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../../src/errors.ts";
import {
  bytes,
  type Field,
  float32,
  int32,
  int64,
  table,
  type TableField,
  tables,
  text,
  uint32,
  uint32s,
  uint8,
} from "../../../../src/formats/dlc/flatbuffer/mod.ts";
import { type Composition, openComposed } from "../_compose.ts";
import { encode } from "../flatbuffer/_buffers.ts";

/** A static uint8 tensor of two elements; fields by slot replace or add to it. */
function tensor(name: string, fields: Readonly<Record<number, Field>> = {}): TableField {
  return table({ 1: text(name), 2: int32(4), 3: uint32s([2]), 6: uint32(0x0108), ...fields });
}

/** A model with one graph `g`. */
function model(operators: readonly TableField[], tensors: readonly TableField[]): TableField {
  return table({ 0: tables([table({ 0: text("g"), 1: tables(operators), 2: tables(tensors) })]) });
}

/** An operator `op` with these attributes. */
function operator(...attributes: readonly TableField[]): TableField {
  return table({ 0: text("op"), 1: text("Any"), 4: tables(attributes) });
}

/** Parameters of the graph `g`: records of its tensors, and of each operator. */
function parameters(
  tensorRecords: readonly TableField[],
  operatorRecords: readonly (readonly TableField[])[] = [],
): TableField {
  const operators = operatorRecords.map((records) => table({ 0: tables(records) }));
  return table({
    0: tables([table({ 0: text("g"), 1: tables(tensorRecords), 2: tables(operators) })]),
  });
}

/** A record of a tensor with its elements inside. */
function inline(name: string, ...elements: readonly number[]): TableField {
  return table({ 0: text(name), 1: bytes(Uint8Array.from(elements)) });
}

/** A record that says where in `model.params.bin` the elements lie. */
function positioned(name: string, offset: number, byteLength: number): TableField {
  return table({ 0: text(name), 3: table({ 0: int64(offset), 1: int64(byteLength) }) });
}

/** The elements of all tensors of the one graph, by name. */
async function elementsOf(composition: Composition): Promise<Record<string, number[]>> {
  const document = await openComposed(composition);
  assert(document.version !== "3.0");
  const graph = document.graphs[0];
  const parameterTensors = (graph?.operators ?? []).flatMap(({ attributes }) =>
    attributes.flatMap(({ value }) => value.kind === "tensor" ? [value.tensor] : [])
  );
  const elements: Record<string, number[]> = {};
  for (const { name, data } of [...graph?.tensors ?? [], ...parameterTensors]) {
    assert(data?.storage.kind === "range");
    const content = new Uint8Array(data.storage.byteLength);
    await data.storage.source.read(content, data.storage.offset);
    elements[name] = [...content];
  }
  return elements;
}

/** An attribute with a parameter tensor. */
function tensorAttribute(name: string): TableField {
  return table({ 0: text(name), 1: int32(1), 4: tensor(name) });
}

Deno.test("readNetwork4 takes elements from the records of version 4.0", async () => {
  assertEquals(
    await elementsOf({
      version: "4.0",
      model: model([operator(tensorAttribute("p"))], [tensor("w")]),
      parameters: parameters([inline("w", 1, 2)], [[inline("p", 3, 4)]]),
    }),
    { w: [1, 2], p: [3, 4] },
  );
});

Deno.test("readNetwork4 takes elements from positions in version 4.1", async () => {
  assertEquals(
    await elementsOf({
      version: "4.1",
      model: model([operator(tensorAttribute("p"))], [tensor("w")]),
      parameters: parameters([positioned("w", 4, 2)], [[positioned("p", 0, 2)]]),
      tensors: new Uint8Array([1, 2, 3, 4, 5, 6]),
    }),
    { w: [5, 6], p: [1, 2] },
  );
});

/** An `NR64` with three buffers, around records of the graph `g`. */
async function buffers(records: TableField): Promise<TableField> {
  const contents = [[1, 1], [2, 2], [3, 3]].map((content) => Uint8Array.from(content));
  return table({
    0: tables(contents.map((content) => table({ 0: bytes(content) }))),
    1: bytes(await encode(records, "NETP")),
  });
}

Deno.test("readNetwork4 takes elements from the buffers of NR64 by index, 0 if left out", async () => {
  const record = (name: string, index: number) => table({ 0: text(name), 2: int64(index) });
  assertEquals(
    await elementsOf({
      version: "4.0",
      model: model([operator(tensorAttribute("p"))], [tensor("a"), tensor("b")]),
      parameters: await buffers(
        parameters([record("a", 2), record("b", 0)], [[record("p", 1)]]),
      ),
      identifier: "NR64",
    }),
    { a: [3, 3], b: [1, 1], p: [2, 2] },
  );
});

Deno.test("readNetwork4 takes elements from NR64 in order if no record has an index", async () => {
  const record = (name: string) => table({ 0: text(name) });
  assertEquals(
    await elementsOf({
      version: "4.0",
      model: model([operator(tensorAttribute("p"))], [tensor("b"), tensor("a")]),
      parameters: await buffers(parameters([record("b"), record("a")], [[record("p")]])),
      identifier: "NR64",
    }),
    { b: [2, 2], a: [1, 1], p: [3, 3] },
  );
});

/** An attribute `x` with a scalar of these fields. */
function scalar(fields: Readonly<Record<number, Field>>): TableField {
  return table({ 0: text("x"), 2: uint8(1), 3: table(fields) });
}

Deno.test("readNetwork4 reads 32-bit float scalars where the table has no room for 64", async () => {
  const document = await openComposed({
    version: "4.0",
    model: model([operator(scalar({ 0: uint32(0x0232), 2: float32(0.5) }))], []),
    parameters: parameters([], [[]]),
  });
  assert(document.version !== "3.0");
  assertEquals(document.graphs[0]?.operators[0]?.attributes, [
    { name: "x", group: 1, value: { kind: "float", dtypeCode: 0x0232, value: 0.5 } },
  ]);
});

const CASES: readonly (Omit<Composition, "version"> & {
  readonly what: string;
  readonly version?: "4.0";
  readonly message: string;
})[] = [
  {
    what: "a graph without parameters",
    model: model([], []),
    parameters: table({ 0: tables([]) }),
    message: 'parameters of graph "g": found none, expected some',
  },
  {
    what: "parameters of a graph that is not there",
    model: table({ 0: tables([]) }),
    parameters: parameters([]),
    message: 'graphs with parameters: found "g", which the model lacks, expected its graphs',
  },
  {
    what: "fewer lists of parameters than operators",
    model: model([operator()], []),
    parameters: parameters([]),
    message: 'parameters of operator "op": found none, expected one list per operator',
  },
  {
    what: "more lists of parameters than operators",
    model: model([], []),
    parameters: parameters([], [[]]),
    message: 'parameters of operators of graph "g": found 1, expected 0',
  },
  {
    what: "a static tensor without a record",
    model: model([], [tensor("w")]),
    parameters: parameters([]),
    message: 'elements of static tensor "w": found none, expected some',
  },
  {
    what: "a record without a static tensor",
    model: model([], [tensor("w", { 2: int32(3) })]),
    parameters: parameters([inline("w", 1, 2)]),
    message: 'parameters of graph "g": found "w", expected only its static tensors',
  },
  {
    what: "two tensors of one name",
    model: model([], [tensor("w", { 2: int32(3) }), tensor("w", { 2: int32(3) })]),
    parameters: parameters([]),
    message: 'names of tensors: found "w" twice, expected each once',
  },
  {
    what: "two records of one tensor",
    model: model([], [tensor("w")]),
    parameters: parameters([inline("w", 1, 2), inline("w", 1, 2)]),
    message: 'names of tensors: found "w" twice, expected each once',
  },
  {
    what: "a position outside the tensors",
    model: model([], [tensor("w")]),
    parameters: parameters([positioned("w", 3, 2)]),
    tensors: new Uint8Array(4),
    message: 'position of tensor "w": found bytes 3 to 5, expected inside the 4 bytes of ' +
      '"model.params.bin"',
  },
  {
    what: "a negative position",
    model: model([], [tensor("w")]),
    parameters: parameters([positioned("w", -1, 2)]),
    tensors: new Uint8Array(4),
    message: 'position of tensor "w": found bytes -1 to 1, expected inside the 4 bytes of ' +
      '"model.params.bin"',
  },
  {
    what: "a position without the member it is in",
    model: model([], [tensor("w")]),
    parameters: parameters([positioned("w", 0, 2)]),
    message: 'elements of tensor "w": found none, expected a member "model.params.bin"',
  },
  {
    what: "a record that says nothing",
    model: model([], [tensor("w")]),
    parameters: parameters([table({ 0: text("w") })]),
    message: 'elements of tensor "w": found none, expected bytes or a position',
  },
  {
    what: "an attribute of an unknown kind",
    model: model([operator(table({ 0: text("x"), 1: int32(2) }))], []),
    parameters: parameters([], [[]]),
    message: 'kind of attribute "x": found 2, expected 0 (scalar) or 1 (tensor)',
  },
  {
    what: "an attribute without a value",
    model: model([operator(table({ 0: text("x") }))], []),
    parameters: parameters([], [[]]),
    message: 'value of attribute "x": found none, expected one',
  },
  {
    what: "encodings of another number than the axis is long",
    model: model([], [tensor("w", {
      5: table({ 0: uint32(1), 3: table({ 0: int32(0), 1: tables([table({})]) }) }),
    })]),
    parameters: parameters([inline("w", 1, 2)]),
    message: 'encodings of tensor "w" along axis 0 of [2]: found 1, expected 2',
  },
  {
    what: "encodings along an axis that is not there",
    model: model([], [tensor("w", {
      5: table({ 0: uint32(1), 3: table({ 0: int32(-1), 1: tables([]) }) }),
    })]),
    parameters: parameters([inline("w", 1, 2)]),
    message: 'encodings of tensor "w" along axis -1 of [2]: found 0, expected an axis that the ' +
      "tensor has",
  },
];

for (const { what, message, ...composition } of CASES) {
  Deno.test(`readNetwork4 refuses ${what}`, async () => {
    const error = await assertRejects(
      () => openComposed({ version: "4.1", ...composition }),
      FormatError,
    );
    assertEquals(
      error.message.replace(/ \(byte \d+\)$/, ""),
      `Cannot read "bad.dlc": ${message}`,
    );
  });
}

Deno.test("readNetwork4 refuses elements of another number than the shape says", async () => {
  await assertRejects(
    () =>
      openComposed({
        version: "4.0",
        model: model([], [tensor("w")]),
        parameters: parameters([inline("w", 1, 2, 3)]),
      }),
    FormatError,
    'tensor "w" of "bad.dlc"',
  );
});

Deno.test("readNetwork4 refuses buffers that NR64 does not have", async () => {
  const record = table({ 0: text("w"), 2: int64(3) });
  const model1 = model([], [tensor("w")]);
  const cases = [
    [await buffers(parameters([record])), 'buffer of tensor "w": found 3, expected 0 to 2'],
    [
      table({ 1: bytes(await encode(parameters([table({ 0: text("w") })]), "NETP")) }),
      'buffer of tensor "w": found 0, expected below 0',
    ],
    [
      table({ 1: bytes(await encode(table({}))) }),
      'identifier inside NR64: found "TEST", expected "NETP"',
    ],
    [table({}), "records of NR64: found none, expected a FlatBuffer"],
    [table({ 0: tables([table({})]) }), "bytes of a buffer: found none, expected some"],
  ] as const;
  for (const [root, message] of cases) {
    const error = await assertRejects(
      () => openComposed({ version: "4.0", model: model1, parameters: root, identifier: "NR64" }),
      FormatError,
    );
    assertEquals(error.message.replace(/ \(byte \d+\)$/, ""), `Cannot read "bad.dlc": ${message}`);
  }
});

Deno.test("readNetwork4 says what it does not support", async () => {
  const cases = [
    [
      tensor("w", { 6: uint32(0x0608) }),
      'Cannot read tensor "w": its type has code 0x608; integers, fixed-point and floating-point ' +
      "numbers and booleans are supported",
    ],
    [
      tensor("w", { 5: table({ 0: uint32(2), 4: table({}) }) }),
      'Cannot read tensor "w": it is quantized in blocks; encodings for a whole tensor or along one ' +
      "axis are supported",
    ],
  ] as const;
  for (const [field, message] of cases) {
    const error = await assertRejects(
      () =>
        openComposed({
          version: "4.0",
          model: model([], [field]),
          parameters: parameters([inline("w", 1, 2)]),
        }),
      UnsupportedError,
    );
    assertEquals([error.message, error.node], [message, "w"]);
  }
});
