import { assertEquals, assertThrows } from "@std/assert";
import { fakeQuantize } from "../../src/kernels/mod.ts";
import { createFloats, inAndOutside, LENGTHS } from "./_arrays.ts";
import { codeOf, floatsNearTies, type Grid, gridsOf, valueOf } from "./_reference.ts";

function expectedValues(data: Float32Array, grid: Grid): number[] {
  return Array.from(data, (x) => Number.isNaN(x) ? NaN : valueOf(codeOf(x, grid), grid) + 0);
}

Deno.test("fakeQuantize() equals encoding and decoding in doubles at and beside ties", () => {
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

Deno.test("fakeQuantize() equals encoding and decoding at every length", () => {
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
      assertEquals([...view], [NaN, 254 * scale, -scale, 0, NaN].map(Math.fround));
    });
  }
});

Deno.test("fakeQuantize() leaves grid points where they are", () => {
  const grid = { scale: 0.37, offset: -100, levels: 256 };
  const data = Float32Array.from({ length: 256 }, (_, code) => valueOf(code, grid));
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
