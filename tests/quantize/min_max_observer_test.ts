import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../src/errors.ts";
import { MinMaxObserver, type Observer } from "../../src/quantize/mod.ts";

const PLACE = { tensor: "conv1.weight" };
const finite = fc.float({ noDefaultInfinity: true, noNaN: true });

function observed(values: Float32Array): MinMaxObserver {
  const observer = new MinMaxObserver();
  observer.observe(values, PLACE);
  return observer;
}

Deno.test("MinMaxObserver keeps the smallest and the largest value", () => {
  const observer = new MinMaxObserver();
  assertEquals(observer.range(), undefined);
  observer.observe(Float32Array.of(3, -1.5, 2), PLACE);
  observer.observe(new Float32Array(0), PLACE);
  observer.observe(Float32Array.of(7), PLACE);
  assertEquals(observer.range(), { min: -1.5, max: 7 });
  observer.observeRange({ min: -2, max: 0 });
  assertEquals(observer.range(), { min: -2, max: 7 });
});

Deno.test("MinMaxObserver gives the same state for any cut, in any order of merging", () => {
  fc.assert(
    fc.property(fc.array(fc.array(finite)), fc.boolean(), (parts, backwards) => {
      const whole = observed(Float32Array.from(parts.flat()));
      const observers = parts.map((part) => observed(Float32Array.from(part)));
      const merged = new MinMaxObserver();
      for (const part of backwards ? observers.reverse() : observers) merged.merge(part);
      assertEquals(JSON.stringify(merged), JSON.stringify(whole));
      const chunked = new MinMaxObserver();
      for (const part of parts) chunked.observe(Float32Array.from(part), PLACE);
      assertEquals(chunked.range(), whole.range());
      assertEquals(Object.is(merged.range()?.min, whole.range()?.min), true);
    }),
    { seed: 6, numRuns: 300 },
  );
});

Deno.test("MinMaxObserver does not tell the zeros apart", () => {
  const a = observed(Float32Array.of(0, -0));
  const b = observed(Float32Array.of(-0));
  assertEquals(Object.is(a.range()?.min, 0), true);
  assertEquals(Object.is(b.range()?.min, 0), true);
});

Deno.test("MinMaxObserver.fromJSON() restores what toJSON() wrote", () => {
  fc.assert(
    fc.property(fc.array(finite), (values) => {
      const observer = observed(Float32Array.from(values));
      const restored = MinMaxObserver.fromJSON(JSON.parse(JSON.stringify(observer)));
      assertEquals(restored.range(), observer.range());
    }),
    { seed: 7, numRuns: 200 },
  );
});

Deno.test("MinMaxObserver names the first value that is not finite", () => {
  const values = Float32Array.of(1, 2, NaN, Infinity);
  assertEquals(
    assertThrows(() => observed(values), FormatError).message,
    'Cannot observe tensor "conv1.weight": element 2 is NaN, expected finite numbers',
  );
  const place = { tensor: "relu1", sample: 3, offset: 1000 };
  assertEquals(
    assertThrows(
      () => new MinMaxObserver().observe(Float32Array.of(0, -Infinity), place),
      FormatError,
    ).message,
    'Cannot observe tensor "relu1" of sample 3: element 1001 is -Infinity, expected finite numbers',
  );
});

Deno.test("MinMaxObserver refuses the state and the observer of another kind", () => {
  for (
    const state of [
      { kind: "histogram" },
      { kind: "min-max" },
      { kind: "min-max", min: 1, max: 0 },
      { kind: "min-max", min: null, max: 1 },
      { kind: "min-max", min: "0", max: 1 },
    ]
  ) {
    assertEquals(
      assertThrows(() => MinMaxObserver.fromJSON(state), FormatError).message,
      `Cannot restore a min-max observer: found kind "${state.kind}" and range ${
        JSON.stringify([state.min ?? null, state.max ?? null])
      }, expected kind "min-max" and finite min <= max`,
    );
  }
  assertEquals(
    assertThrows(
      () => MinMaxObserver.fromJSON(Object.assign({ kind: "x".repeat(9999) }, { counts: [1] })),
      FormatError,
    ).message,
    `Cannot restore a min-max observer: found kind "${"x".repeat(79)}… and range [null,null], ` +
      'expected kind "min-max" and finite min <= max',
  );
  assertEquals(
    assertThrows(
      () => MinMaxObserver.fromJSON({ kind: "min-max", ...{ min: 0, max: 1, counts: [1] } }),
      FormatError,
    ).message,
    'Cannot restore a min-max observer: found member "counts", expected kind, min, max',
  );
  const other: Observer = {
    observe() {},
    merge() {},
    range: () => undefined,
    toJSON: () => ({ kind: "histogram" }),
  };
  assertEquals(
    assertThrows(() => new MinMaxObserver().merge(other), RangeError).message,
    'Cannot merge observers: one is "min-max", the other "histogram"',
  );
});
