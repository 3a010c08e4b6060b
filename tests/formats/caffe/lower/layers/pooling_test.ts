import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { poolExtent } from "../../../../../src/formats/caffe/lower/layers/pooling.ts";

Deno.test("poolExtent() rounds up, and drops a window that would begin behind the padding", () => {
  const extent = (input: number, kernel: number, stride: number, pad: number, roundUp = true) =>
    poolExtent({ input, kernel, stride, pad }, { roundUp, clips: pad > 0 });
  // AlexNet's 55 to 27, SqueezeNet's 111 to 55, GoogLeNet's 112 to 56: fits, fits, hangs over.
  assertEquals(extent(55, 3, 2, 0), { output: 27, end: 0, overhangs: false });
  assertEquals(extent(111, 3, 2, 0), { output: 55, end: 0, overhangs: false });
  assertEquals(extent(112, 3, 2, 0), { output: 56, end: 1, overhangs: true });
  assertEquals(extent(112, 3, 2, 0, false), { output: 55, end: 0, overhangs: false });
  // The fourth window would begin at 6 - 1 = 5, behind the input of 5: it is dropped.
  assertEquals(extent(5, 2, 2, 1), { output: 3, end: 1, overhangs: false });
  assertEquals(extent(6, 2, 2, 1), { output: 4, end: 1, overhangs: false });
});

Deno.test("poolExtent() gives padding with which rounding down gives the same windows", () => {
  const sizes = fc.record({
    input: fc.integer({ min: 1, max: 40 }),
    kernel: fc.integer({ min: 1, max: 9 }),
    stride: fc.integer({ min: 1, max: 6 }),
    pad: fc.integer({ min: 0, max: 8 }),
  });
  fc.assert(
    fc.property(sizes, fc.boolean(), (window, roundUp) => {
      const { input, kernel, stride, pad } = window;
      fc.pre(pad < kernel && input + 2 * pad >= kernel && kernel >= stride);
      const { output, end, overhangs } = poolExtent(window, { roundUp, clips: pad > 0 });
      assertEquals(Math.floor((input + pad + end - kernel) / stride) + 1, output);
      assertEquals(overhangs, (output - 1) * stride + kernel > input + 2 * pad);
      assert(end >= 0 && end < kernel || end === pad);
    }),
    { seed: 4, numRuns: 5000 },
  );
});
