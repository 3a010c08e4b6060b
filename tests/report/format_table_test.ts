import { assertEquals } from "@std/assert";
import { formatTable } from "../../src/report/mod.ts";

Deno.test("formatTable() aligns text left and numbers right", () => {
  assertEquals(
    formatTable([{ name: "layer" }, { name: "MACs", align: "right" }], [["conv", "12"], [
      "fc",
      "3",
    ]]),
    ["| layer | MACs |", "| ----- | ---: |", "| conv  |   12 |", "| fc    |    3 |"].join("\n"),
  );
});

Deno.test("formatTable() keeps a row on its line, whatever its cells contain", () => {
  assertEquals(
    formatTable([{ name: "layer" }], [["a\nb"], ["\x1b[2J"]]),
    ["| layer     |", "| --------- |", "| a\\nb      |", "| \\u001b[2J |"].join("\n"),
  );
});

Deno.test("formatTable() lays out more rows than a call can have arguments", () => {
  const rows = Array.from({ length: 300_000 }, (_, i) => [String(i)]);
  assertEquals(formatTable([{ name: "id" }], rows).length, 300_002 * 11 - 1);
});
