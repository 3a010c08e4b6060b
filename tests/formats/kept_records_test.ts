import { assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import type { DlcDocument } from "../../src/formats/dlc/mod.ts";
import { readKeptRecords, writeKeptRecords } from "../../src/formats/kept_records.ts";
import { openSource } from "../../src/io/mod.ts";
import { convolutionModel } from "../quantize/small_model.ts";

const GRID = { bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false };

function documentOf(records: DlcDocument["records"]): DlcDocument {
  return { version: "4.1", graphs: [], metadata: new Map(), jsonMetadata: new Map(), records };
}

Deno.test("writeKeptRecords() keeps overrides, also those that give a type only", async () => {
  const model = convolutionModel();
  const types = {
    activations: new Map([["y", { kind: "float", bitwidth: 16 } as const]]),
    parameters: new Map(),
  };
  for (
    const overrides of [
      { ...model.overrides, types },
      { ...model.overrides, activations: new Map([["y", { encodings: [GRID] }]]) },
    ]
  ) {
    const records = await writeKeptRecords({ ...model, overrides }, { version: "4.1" });
    assertEquals(records.map(({ name }) => name), ["dlcstream.quantization_overrides.json"]);
    const kept = await readKeptRecords(documentOf(records));
    assertEquals(kept.overrides?.activations, overrides.activations);
    assertEquals(
      kept.overrides?.types?.activations.get("y"),
      overrides.types?.activations.get("y"),
    );
  }
});

Deno.test("writeKeptRecords() keeps the names of weights where version 3 drops them", async () => {
  const model = convolutionModel();
  assertEquals(await writeKeptRecords(model, { version: "4.1" }), []);
  const records = await writeKeptRecords(model, { version: "3.0" });
  assertEquals(records.map(({ name }) => name), ["dlcstream.parameter_names.json"]);
  const { parameterNames } = await readKeptRecords(documentOf(records));
  assertEquals(parameterNames?.map(({ name }) => name), ["w", "b", "v"]);
});

Deno.test("readKeptRecords() names what is wrong with a record", async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "dlcstream.parameter_names.json",
      '[{"node":"a","position":0.5,"name":"b","elements":1}]',
      'parameter names "a.dlc:dlcstream.parameter_names.json": it is no list of node, position, ' +
      "name and elements",
    ],
    [
      "dlcstream.parameter_names.json",
      "{",
      'parameter names "a.dlc:dlcstream.parameter_names.json": it is not JSON from character 1 on',
    ],
    [
      "dlcstream.value_names.json",
      '[{"input":"a","node":"b","position":0,"order":"01","output":"c"}]',
      'value names "a.dlc:dlcstream.value_names.json": it is no list of input, node, position, ' +
      "order and output",
    ],
    [
      "dlcstream.batch_norms.json",
      "7",
      'batch norms "a.dlc:dlcstream.batch_norms.json": it is no object of nodes',
    ],
    [
      "dlcstream.batch_norms.json",
      '{"n":{"gamma":[1],"beta":["x"]}}',
      'batch norms "a.dlc:dlcstream.batch_norms.json": node "n" has no equally long lists gamma ' +
      "and beta",
    ],
    [
      "dlcstream.quantization_overrides.json",
      "[]",
      'encodings "a.dlc:dlcstream.quantization_overrides.json": the document is a list, expected ' +
      "an object",
    ],
  ];
  for (const [name, text, problem] of cases) {
    await using source = await openSource(new TextEncoder().encode(text), { name: "a.dlc" });
    const { byteLength } = source;
    const document = documentOf([{ name, source, offset: 0, byteLength }]);
    const error = await assertRejects(() => readKeptRecords(document), FormatError);
    assertEquals(error.message, `Cannot read ${problem}`);
  }
});
