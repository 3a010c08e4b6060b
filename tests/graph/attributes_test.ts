import { assertEquals, assertThrows } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import {
  consumersOf,
  dataTypeOfOnnxCode,
  floatAttribute,
  intAttribute,
  intsAttribute,
  onnxCodeOfDataType,
  producersOf,
  stringAttribute,
} from "../../src/graph/mod.ts";
import { node } from "./graph_builder.ts";

Deno.test("intAttribute() and its kin read attributes and fall back", () => {
  const one = node("Test", [], "y", { count: 3, rate: 0.5, mode: "fast", list: [1, 2] });
  assertEquals(intAttribute(one, "count", 0), 3);
  assertEquals(intAttribute(one, "none", 7), 7);
  assertEquals(intAttribute(one, "constructor", 7), 7);
  assertEquals(floatAttribute(one, "rate", 0), 0.5);
  assertEquals(stringAttribute(one, "mode", ""), "fast");
  assertEquals(intsAttribute(one, "list"), [1, 2]);
  assertEquals(intsAttribute(one, "none"), undefined);
});

Deno.test("intAttribute() refuses an attribute of another type", () => {
  const error = assertThrows(
    () => intAttribute(node("Test", [], "y", { count: "3" }), "count", 0),
    FormatError,
  );
  assertEquals(
    error.message,
    'Cannot read attribute "count" of node "node_y" (Test): it is of type string, expected int',
  );
});

Deno.test("producersOf() and consumersOf() list each node once a value", () => {
  const nodes = [
    node("Split", ["x"], ["a", ""]),
    node("Add", ["a", "a"], "b"),
    node("Neg", ["a"], "c"),
  ];
  assertEquals([...producersOf({ nodes }).keys()], ["a", "b", "c"]);
  assertEquals(consumersOf({ nodes }).get("a"), nodes.slice(1));
});

Deno.test("dataTypeOfOnnxCode() and onnxCodeOfDataType() are inverse", () => {
  for (const code of [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 16, 21, 22]) {
    const dtype = dataTypeOfOnnxCode(code);
    assertEquals(dtype && onnxCodeOfDataType(dtype), code);
  }
  assertEquals(dataTypeOfOnnxCode(8), undefined);
});
