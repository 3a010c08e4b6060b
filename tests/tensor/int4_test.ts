import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { packInt4, unpackInt4 } from "../../src/tensor/mod.ts";

Deno.test("packInt4() puts the first value in the low nibble", () => {
  assertEquals(packInt4(new Uint8Array([1, 2, 15])), new Uint8Array([0x21, 0x0f]));
  assertEquals(packInt4(new Int8Array([-1, -8])), new Uint8Array([0x8f]));
});

Deno.test("unpackInt4() gives back what was packed, from any place on", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -8, max: 7 }), { maxLength: 20 }),
      fc.constantFrom<0 | 1>(0, 1),
      (values, skip) => {
        const packed = packInt4(Int8Array.from(values));
        const kept = values.slice(skip);
        assertEquals([...unpackInt4(packed, new Int8Array(kept.length), skip)], kept);
        const unsigned = kept.map((value) => value & 15);
        assertEquals([...unpackInt4(packed, new Uint8Array(kept.length), skip)], unsigned);
      },
    ),
    { seed: 4, numRuns: 100 },
  );
});
