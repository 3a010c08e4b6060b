import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type CodeArray, dequantizePerChannel } from "../../src/kernels/mod.ts";
import { createRandom } from "./_arrays.ts";
import { valueOf } from "./_reference.ts";

Deno.test("dequantizePerChannel() takes each channel's grid, in any layout", () => {
  const inner = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(fc.nat(100), inner, fc.nat(300), fc.nat(), (offset, inner, length, seed) => {
      const channels = 1 + seed % 9;
      const random = createRandom(seed);
      const scales = Float64Array.from({ length: channels }, () => random() + 0.001);
      const offsets = scales.map(() => -Math.floor(random() * 256));
      const codes = Uint8Array.from({ length }, () => random() * 256);
      const check = (source: CodeArray, shift: number) => {
        const target = new Float32Array(length);
        const layout = { offset, inner, channels };
        dequantizePerChannel(source, target, { layout, scales, offsets });
        const expected = Array.from(source, (stored, index) => {
          const channel = Math.floor((offset + index) / inner) % channels;
          const grid = { scale: scales[channel] ?? NaN, offset: offsets[channel] ?? NaN };
          return valueOf(stored + shift, { ...grid, levels: 256 });
        });
        assertEquals(Array.from(target), expected);
      };
      check(codes, 0);
      check(Int8Array.from(codes), 128);
      check(Uint16Array.from(codes), 0);
      check(Int16Array.from(codes, (code) => -code), 32768);
      check(Uint32Array.from(codes), 0);
      check(Int32Array.from(codes, (code) => -code), 2 ** 31);
    }),
    { seed: 6, numRuns: 150 },
  );
});
