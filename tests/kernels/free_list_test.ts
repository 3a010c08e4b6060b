import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { FreeList } from "../../src/kernels/_free_list.ts";

Deno.test("FreeList joins what comes back in any order to one gap again", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(sizes, fc.infiniteStream(fc.nat()), (byteLengths, picks) => {
      const list = new FreeList(10, 1 << 16);
      const whole = list.longestBytes;
      const taken = byteLengths.map((byteLength) => ({
        byteLength,
        address: list.take(byteLength),
      }));
      const ends = taken.map(({ address }) => address ?? NaN).toSorted((a, b) => a - b);
      assertEquals(ends.every((address, i) => i === 0 || address >= (ends[i - 1] ?? 0) + 64), true);
      while (taken.length > 0) {
        const pick = picks.next().value % taken.length;
        for (const { address, byteLength } of taken.splice(pick, 1)) {
          list.giveBack(address ?? NaN, byteLength);
        }
      }
      assertEquals(list.longestBytes, whole);
    }),
    { seed: 7, numRuns: 200 },
  );
});

Deno.test("FreeList.take() gives the lowest gap that is long enough, or nothing", () => {
  const list = new FreeList(0, 64 * 4);
  const [a, b, c] = [list.take(64), list.take(64), list.take(128)];
  assertEquals([a, b, c, list.take(1)], [0, 64, 128, undefined]);
  list.giveBack(64, 64);
  list.giveBack(128, 128);
  assertEquals(list.longestBytes, 192);
  assertEquals(list.take(65), 64);
  assertEquals(list.take(65), undefined);
  assertEquals(list.take(64), 192);
  assertEquals(list.longestBytes, 0);
});
