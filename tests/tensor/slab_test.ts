import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { cutIntoSlabs, slabAt } from "../../src/tensor/readers/slab.ts";
import { countElements } from "../../src/tensor/mod.ts";
import { indexOf } from "./_naive_views.ts";

Deno.test("cutIntoSlabs() covers an array with boxes that are runs", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 100 }),
      (shape, maxElements) => {
        let place = 0;
        for (const slab of cutIntoSlabs(shape, maxElements)) {
          assertEquals(slab.start, place);
          assertEquals(slab.count <= maxElements, true);
          assertEquals(slab.count, countElements(slab.counts));
          assertEquals(indexOf(shape, slab.start), [...slab.lows]);
          const last = slab.lows.map((low, axis) => low + slab.counts[axis]! - 1);
          assertEquals(indexOf(shape, slab.start + slab.count - 1), last);
          for (let inside = place; inside < place + slab.count; inside++) {
            assertEquals(slabAt(shape, maxElements, inside), slab);
          }
          place += slab.count;
        }
        assertEquals(place, countElements(shape));
      },
    ),
    { seed: 6, numRuns: 100 },
  );
});
