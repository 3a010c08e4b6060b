import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { crc32c, maskCrc32c } from "../../../../src/formats/tensorflow/checkpoint/crc32c.ts";

Deno.test("crc32c() gives the examples of RFC 3720, appendix B.4", () => {
  assertEquals(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assertEquals(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assertEquals(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e);
  assertEquals(crc32c(Uint8Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c);
  assertEquals(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
  assertEquals(crc32c(new Uint8Array()), 0);
});

Deno.test("crc32c() of parts one after the other is that of the whole", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
      const parts = crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)));
      assertEquals(parts, crc32c(bytes));
    }),
    { seed: 5, numRuns: 300 },
  );
});

Deno.test("crc32c() is the same wherever in memory the bytes lie", () => {
  const digits = new TextEncoder().encode("123456789");
  for (let offset = 0; offset < 9; offset++) {
    const memory = new Uint8Array(32).fill(0xee);
    memory.set(digits, offset);
    assertEquals(crc32c(memory.subarray(offset, offset + digits.length)), 0xe3069283);
  }
});

Deno.test("maskCrc32c() rotates by 15 bits and adds a constant", () => {
  assertEquals(maskCrc32c(0), 0xa282ead8);
  assertEquals(maskCrc32c(0x00008001), (0x00020001 + 0xa282ead8) >>> 0);
});
