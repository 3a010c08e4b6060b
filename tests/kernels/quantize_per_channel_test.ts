import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { quantizePerChannel } from "../../src/kernels/mod.ts";
import { createFloats, createRandom, inAndOutside } from "./_arrays.ts";
import { codeOf } from "./_reference.ts";

Deno.test("quantizePerChannel() puts each channel on its own grid, in any layout", () => {
  const inner = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(fc.nat(100), inner, fc.nat(300), fc.nat(), (offset, inner, length, seed) => {
      const channels = 1 + seed % 9;
      const random = createRandom(seed);
      const scales = Float64Array.from({ length: channels }, () => random() + 0.001);
      const offsets = scales.map(() => -Math.floor(random() * 256));
      const layout = { offset, inner, channels };
      const data = createFloats(length, seed);
      const expected = (levels: number, shift: number) =>
        Array.from(data, (value, index) => {
          const channel = Math.floor((offset + index) / inner) % channels;
          const scale = scales[channel] ?? NaN;
          return codeOf(value, { scale, offset: offsets[channel] ?? NaN, levels }) - shift;
        });
      inAndOutside(data, (view) => {
        const bytes = new Uint8Array(length);
        quantizePerChannel(view, bytes, { layout, scales, offsets });
        assertEquals(Array.from(bytes), expected(256, 0));
        const nibbles = new Int8Array(length);
        quantizePerChannel(view, nibbles, { layout, scales, offsets, levels: 16 });
        assertEquals(Array.from(nibbles), expected(16, 8));
        const shorts = new Int16Array(length);
        quantizePerChannel(view, shorts, { layout, scales, offsets });
        assertEquals(Array.from(shorts), expected(65536, 32768));
        const words = new Int32Array(length);
        quantizePerChannel(view, words, { layout, scales, offsets });
        assertEquals(Array.from(words), expected(2 ** 32, 2 ** 31));
      });
    }),
    { seed: 5, numRuns: 150 },
  );
});

Deno.test("quantizePerChannel() refuses an impossible grid in any channel", () => {
  assertThrows(
    () =>
      quantizePerChannel(new Float32Array(2), new Uint8Array(2), {
        layout: { offset: 0, inner: 1, channels: 2 },
        scales: new Float64Array([1, 0]),
        offsets: new Float64Array(2),
      }),
    RangeError,
    "Cannot use the encoding: scale 0, offset 0; expected a positive scale and an integer offset",
  );
});
