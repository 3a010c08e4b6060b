import { assertEquals } from "@std/assert";
import { minMax } from "../../src/kernels/mod.ts";
import { createFloats, inAndOutside, LENGTHS } from "./_arrays.ts";

Deno.test("minMax() finds the extremes at every length", () => {
  for (const length of LENGTHS) {
    const data = createFloats(length, length + 1);
    let min = Infinity;
    let max = -Infinity;
    for (const value of data) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    inAndOutside(data, (view) => {
      assertEquals(minMax(view), { min: min + 0, max: max + 0, finite: true });
    });
  }
});

Deno.test("minMax() finds an extreme at every place", () => {
  for (let place = 0; place < 70; place++) {
    const data = new Float32Array(70).fill(1);
    data[place] = -2;
    data[69 - place] = place === 69 - place ? -2 : 3;
    inAndOutside(data, (view) => assertEquals(minMax(view), { min: -2, max: 3, finite: true }));
  }
});

Deno.test("minMax() gives the empty range for nothing", () => {
  assertEquals(minMax(new Float32Array(0)), { min: Infinity, max: -Infinity, finite: true });
});

Deno.test("minMax() tells of each NaN and infinity and takes the rest", () => {
  for (const odd of [NaN, Infinity, -Infinity]) {
    for (const length of [1, 4, 17, 70, 16500]) {
      for (const place of [0, length >> 1, length - 1]) {
        const data = new Float32Array(length).fill(2);
        data[0] = -5;
        data[place] = odd;
        const rest = data.filter((value) => Number.isFinite(value));
        const min = rest.length === 0 ? Infinity : Math.min(...rest);
        const max = rest.length === 0 ? -Infinity : Math.max(...rest);
        inAndOutside(data, (view) => assertEquals(minMax(view), { min, max, finite: false }));
      }
    }
  }
});

Deno.test("minMax() is not misled by finite numbers whose sum is infinite", () => {
  const large = 3.4028234663852886e38;
  const data = new Float32Array(64).map((_, index) => index < 32 ? large : -large);
  inAndOutside(data, (view) => {
    assertEquals(minMax(view), { min: -large, max: large, finite: true });
  });
});

Deno.test("minMax() does not show the sign of zero", () => {
  const { min, max } = minMax(new Float32Array([-0, -0]));
  assertEquals([Object.is(min, 0), Object.is(max, 0)], [true, true]);
});
