import { assertEquals, assertThrows } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import { RescaledHistogramObserver } from "../../src/quantize/rescaled_histogram_observer.ts";
import { cubes } from "./methods/_cubes.ts";

const place = { tensor: "x" };

Deno.test("RescaledHistogramObserver keeps every count when its range grows", () => {
  const observer = new RescaledHistogramObserver();
  observer.observe(cubes(1), place);
  observer.observe(cubes(2).map((value) => value * 1.5), place);
  const { low = 0, width = 0, mass = new Float64Array() } = observer.bins() ?? {};
  assertEquals(mass.reduce((a, b) => a + b, 0), 8192);
  assertEquals(observer.range(), { min: low, max: Math.fround(low + 512 * width) });
});

Deno.test("RescaledHistogramObserver takes an announced tensor in pieces", () => {
  const whole = new RescaledHistogramObserver();
  whole.observe(cubes(1), place);
  const pieces = new RescaledHistogramObserver();
  pieces.beginTensor(whole.range() ?? { min: 0, max: 0 }, 4096);
  pieces.observe(cubes(1).subarray(0, 1000), place);
  pieces.observe(cubes(1).subarray(1000), place);
  assertEquals(JSON.stringify(pieces), JSON.stringify(whole));
});

Deno.test("RescaledHistogramObserver leaves tensors of zeros out", () => {
  const observer = new RescaledHistogramObserver();
  observer.observe(new Float32Array(3), place);
  assertEquals(observer.bins(), undefined);
  observer.observe(Float32Array.of(1, 2), place);
  observer.observe(new Float32Array(3), place);
  assertEquals(observer.bins()?.mass.reduce((a, b) => a + b, 0), 2);
});

Deno.test("RescaledHistogramObserver goes on from a restored state", () => {
  const observer = new RescaledHistogramObserver();
  observer.observe(cubes(1), place);
  const restored = RescaledHistogramObserver.fromJSON(JSON.parse(JSON.stringify(observer)));
  observer.observe(cubes(2), place);
  restored.observe(cubes(2), place);
  assertEquals(JSON.stringify(restored), JSON.stringify(observer));
});

Deno.test("RescaledHistogramObserver refuses merging and states of other kinds", () => {
  const observer = new RescaledHistogramObserver();
  observer.observe(Float32Array.of(1), place);
  const other = new RescaledHistogramObserver();
  observer.merge(other);
  other.observe(Float32Array.of(2), place);
  assertEquals(
    assertThrows(() => observer.merge(other), RangeError).message,
    "Cannot merge observers: histograms of the AIMET form depend on the order of the samples; " +
      "observing all samples in one run, or method entropy, would work",
  );
  const state = observer.toJSON();
  const cases = [
    { ...state, ends: [2, 1] },
    { ...state, counts: [] },
    { ...state, counts: state.counts.map(() => 0) },
    { ...state, ends: null, counts: [] },
    { kind: "x" },
  ];
  for (const bad of cases) {
    assertThrows(
      () => RescaledHistogramObserver.fromJSON(bad),
      FormatError,
      "Cannot restore a rescaled histogram: found kind ",
    );
  }
});
