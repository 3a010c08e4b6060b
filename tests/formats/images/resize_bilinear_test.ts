import { assertEquals } from "@std/assert";
import { resizeBilinear } from "../../../src/formats/images/resize_bilinear.ts";
import references from "../../../testdata/images/resize.json" with { type: "json" };

/** Adds the alpha that Pillow's RGB pixels lack. */
function opaque(base64: string): Uint8ClampedArray {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return Uint8ClampedArray.from(
    { length: bytes.length / 3 * 4 },
    (_, index) => index % 4 === 3 ? 255 : bytes[Math.floor(index / 4) * 3 + index % 4] ?? 0,
  );
}

for (const { size, pixels } of references.resized) {
  const [width = 0, height = 0] = size;
  Deno.test(`resizeBilinear() gives Pillow's bytes at ${width}x${height}`, () => {
    const [fromWidth = 0, fromHeight = 0] = references.size;
    const source = { width: fromWidth, height: fromHeight, data: opaque(references.pixels) };
    const resized = resizeBilinear(source, [width, height]);
    assertEquals([resized.width, resized.height], [width, height]);
    assertEquals(resized.data, opaque(pixels));
  });
}

Deno.test("resizeBilinear() hands the same pixels on where the size stays", () => {
  const source = { width: 1, height: 1, data: Uint8ClampedArray.of(1, 2, 3, 4) };
  assertEquals(resizeBilinear(source, [1, 1]), source);
});
