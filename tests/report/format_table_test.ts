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
