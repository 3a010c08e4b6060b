import { assertEquals } from "@std/assert";
import { storageOf } from "../../../../src/formats/dlc/normal/constant.ts";
import { computeEncoding } from "../../../../src/quantize/mod.ts";

Deno.test("storageOf() takes the widest of more channels than a call can have arguments", () => {
  const narrow = computeEncoding({ min: 0, max: 1 });
  const wide = computeEncoding({ min: 0, max: 1 }, { bitwidth: 16 });
  const encodings = new Array(300_000).fill(narrow);
  assertEquals(storageOf({ axis: 0, encodings }), "uint8");
  assertEquals(storageOf({ axis: 0, encodings: [...encodings, wide] }), "uint16");
});
