import { assertEquals, assertThrows } from "@std/assert";
import { fakeQuantize } from "../../src/kernels/mod.ts";
import { createFloats, inAndOutside, LENGTHS } from "./_arrays.ts";
import { floatsNearTies, type Grid, gridsOf } from "./_reference.ts";

/** QuantizeLinear and DequantizeLinear, one number at a time; each operation rounds to a float. */
function expectedValues(data: Float32Array, { scale, offset, levels }: Grid): number[] {
  const single = Math.fround(scale);
  const low = Math.fround(offset);
  const high = Math.fround(offset + levels - 1);
  return Array.from(data, (x) => {
    const place = Math.min(Math.max(Math.fround(x / single), low), high);
    return Math.fround(roundHalfEven(place) * single) + 0;
  });
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const fraction = value - below;
  return fraction > 0.5 || fraction === 0.5 && below % 2 !== 0 ? below + 1 : below;
}

Deno.test("fakeQuantize() equals QuantizeLinear and DequantizeLinear at and beside ties", () => {
  const grids = [256, 255, 16, 2, 65536, 2 ** 32].flatMap(gridsOf);
  for (const grid of grids) {
    const ties = Array.from({ length: 100 }, (_, i) => Math.floor(i * grid.levels / 100));
    const data = floatsNearTies(grid, ties);
    const expected = expectedValues(data, grid);
    inAndOutside(data, (view) => {
      fakeQuantize(view, grid);
      assertEquals(Array.from(view, (value) => value + 0), expected, JSON.stringify(grid));
    });
  }
});

Deno.test("fakeQuantize() rounds ties to even", () => {
  const data = new Float32Array([-1.5, -0.5, 0.5, 1.5, 2.5, 253.5, 254.5]);
  fakeQuantize(data, { scale: 1, offset: -1, levels: 256 });
  assertEquals([...data], [-1, 0, 0, 2, 2, 254, 254]);
});

Deno.test("fakeQuantize() equals QuantizeLinear and DequantizeLinear at every length", () => {
  const grid = { scale: 0.0231, offset: -101, levels: 256 };
  for (const length of LENGTHS) {
    const data = createFloats(length, length);
    const expected = expectedValues(data, grid);
    inAndOutside(data, (view) => {
      fakeQuantize(view, grid);
      assertEquals(Array.from(view), expected);
    });
  }
});

Deno.test("fakeQuantize() clamps infinities and keeps NaN", () => {
  for (const scale of [1, 1e-40]) {
    inAndOutside(new Float32Array([NaN, Infinity, -Infinity, 0, NaN]), (view) => {
      fakeQuantize(view, { scale, offset: -1, levels: 256 });
      const single = Math.fround(scale);
      assertEquals([...view], [NaN, 254 * single, -single, 0, NaN].map(Math.fround));
    });
  }
});

Deno.test("fakeQuantize() leaves grid points where they are", () => {
  const grid = { scale: 0.37, offset: -100, levels: 256 };
  const data = Float32Array.from({ length: 256 }, (_, code) => Math.fround(0.37) * (code - 100));
  const expected = Float32Array.from(data);
  fakeQuantize(data, grid);
  assertEquals(data, expected);
});

Deno.test("fakeQuantize() refuses an impossible number of levels", () => {
  for (const levels of [0, 1.5, 2 ** 33]) {
    assertThrows(
      () => fakeQuantize(new Float32Array(1), { scale: 1, offset: 0, levels }),
      RangeError,
      `Cannot use the encoding: ${levels} levels, expected an integer from 1 to 4294967296`,
    );
  }
});

Deno.test("fakeQuantize() refuses a scale that is zero or infinite as float32", () => {
  for (const [scale, single] of [[1e-50, 0], [1e300, Infinity]] as const) {
    assertThrows(
      () => fakeQuantize(new Float32Array(1), { scale, offset: 0, levels: 256 }),
      RangeError,
      `Cannot use the encoding: scale ${scale} is ${single} as float32`,
    );
  }
});
