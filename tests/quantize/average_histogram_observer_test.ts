import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../src/errors.ts";
import { AverageHistogramObserver } from "../../src/quantize/average_histogram_observer.ts";
import { cubes } from "./methods/_cubes.ts";

const place = { tensor: "x" };

Deno.test("AverageHistogramObserver has AIMET's grid", () => {
  const observer = new AverageHistogramObserver();
  observer.observe(cubes(1), place);
  const { low, width } = observer.bins() ?? {};
  assertEquals([low?.toFixed(8), width?.toFixed(11)], ["-17.34698486", "0.06642757356"]);
});

Deno.test("AverageHistogramObserver weighs tensors alike, whatever their sizes", () => {
  const observer = new AverageHistogramObserver();
  observer.observe(Float32Array.of(0, 0, 0, 1), place);
  observer.observe(Float32Array.of(1), place);
  const { mass = new Float64Array() } = observer.bins() ?? {};
  assertEquals([...mass].filter((share) => share > 0), [0.375, 0.625]);
});

Deno.test("AverageHistogramObserver drops what lies outside the grid of the first tensor", () => {
  const observer = new AverageHistogramObserver();
  observer.observe(Float32Array.of(0, 1), place);
  observer.observe(Float32Array.of(0, 100), place);
  const { mass = new Float64Array() } = observer.bins() ?? {};
  assertEquals(mass.reduce((a, b) => a + b, 0), 0.75);
  assertEquals(observer.range(), { min: 0, max: 100 });
});

Deno.test("AverageHistogramObserver takes an announced tensor in pieces", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4095 }), (cut) => {
      const values = cubes(7);
      const whole = new AverageHistogramObserver();
      whole.observe(values, place);
      const pieces = new AverageHistogramObserver();
      pieces.beginTensor(whole.range() ?? { min: 0, max: 0 }, values.length);
      pieces.observe(values.subarray(0, cut), place);
      pieces.observe(values.subarray(cut), place);
      assertEquals(JSON.stringify(pieces), JSON.stringify(whole));
    }),
    { seed: 4, numRuns: 20 },
  );
});

Deno.test("AverageHistogramObserver has no grid while all values are zero", () => {
  const observer = new AverageHistogramObserver();
  observer.observe(new Float32Array(5), place);
  assertEquals(observer.bins(), undefined);
  const restored = AverageHistogramObserver.fromJSON(JSON.parse(JSON.stringify(observer)));
  assertEquals([restored.bins(), restored.range()], [undefined, { min: 0, max: 0 }]);
});

Deno.test("AverageHistogramObserver makes bins where float32 cannot tell three times the range", () => {
  for (const value of [6e5, -3e7, 1e30, 1e-40]) {
    const observer = new AverageHistogramObserver();
    observer.observe(Float32Array.of(value, value), place);
    const { mass = new Float64Array() } = observer.bins() ?? {};
    assertEquals(mass.reduce((a, b) => a + b, 0), 1, String(value));
  }
});

Deno.test("AverageHistogramObserver refuses ranges beyond float32", () => {
  assertEquals(
    assertThrows(
      () => new AverageHistogramObserver().observe(Float32Array.of(-3e38, 3e38), place),
      RangeError,
    ).message,
    "Cannot observe values from -3.0000000054977558e+38 to 3.0000000054977558e+38: three times their " +
      "range is no float32; a method without AIMET's histogram, such as sqnr, would work",
  );
});

Deno.test("AverageHistogramObserver goes on from a restored state", () => {
  const observer = new AverageHistogramObserver();
  observer.observe(cubes(1), place);
  const restored = AverageHistogramObserver.fromJSON(JSON.parse(JSON.stringify(observer)));
  observer.observe(cubes(2), place);
  restored.observe(cubes(2), place);
  assertEquals(JSON.stringify(restored), JSON.stringify(observer));
});

Deno.test("AverageHistogramObserver refuses to merge: which tensor was first decides", () => {
  const observer = new AverageHistogramObserver();
  observer.observe(Float32Array.of(1), place);
  const other = new AverageHistogramObserver();
  observer.merge(other);
  other.observe(Float32Array.of(2), place);
  assertEquals(
    assertThrows(() => observer.merge(other), RangeError).message,
    "Cannot merge observers: histograms of the AIMET form depend on which sample came first; " +
      "observing all samples in one run, or method sqnr, would work",
  );
});

Deno.test("AverageHistogramObserver.fromJSON() refuses what toJSON() does not write", () => {
  const observer = new AverageHistogramObserver();
  observer.observe(Float32Array.of(-1, 2), place);
  const state = observer.toJSON();
  const cases: readonly object[] = [
    { ...state, kind: "histogram" },
    { ...state, shares: state.shares.slice(1) },
    { ...state, shares: state.shares.map(() => 2) },
    { ...state, grid: [0, 0] },
    { ...state, grid: "12" },
    { ...state, updates: 0.5 },
    { ...state, updates: 0 },
    { ...state, grid: null, shares: [] },
    { ...state, grid: [-1, 3] },
    { ...state, shares: state.shares.map(() => 0) },
    { ...state, shares: state.shares.map(() => 0.5) },
    { ...state, min: "a" },
  ];
  for (const bad of cases) {
    assertThrows(
      () => AverageHistogramObserver.fromJSON(JSON.parse(JSON.stringify(bad))),
      FormatError,
      "Cannot restore an average histogram: found kind ",
    );
  }
  assertEquals(
    assertThrows(
      () => AverageHistogramObserver.fromJSON({ ...state, ...{ mean: 1 } }),
      FormatError,
    ).message,
    'Cannot restore an average histogram: found member "mean", expected kind, min, max, updates, ' +
      "grid, shares",
  );
});
