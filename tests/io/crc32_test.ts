import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { crc32 } from "../../src/io/mod.ts";

Deno.test("crc32() gives the check value of its catalogue entry", () => {
  assertEquals(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

Deno.test("crc32() of parts in a row is that of the whole", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
      assertEquals(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut))), crc32(bytes));
    }),
    { seed: 1, numRuns: 50 },
  );
});
