import { assertEquals } from "@std/assert";
import { isDlc } from "../../../src/formats/dlc/mod.ts";
import { readReal, REAL_FILES } from "./_documents.ts";

Deno.test("isDlc recognizes real files", async () => {
  for (const name of REAL_FILES) assertEquals(isDlc((await readReal(name)).subarray(0, 4)), true);
});

Deno.test("isDlc is false for other and for too few bytes", () => {
  assertEquals(isDlc(Uint8Array.fromHex("08031207")), false);
  assertEquals(isDlc(Uint8Array.fromHex("504b03")), false);
});
