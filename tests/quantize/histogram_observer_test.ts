import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../src/errors.ts";
import { HistogramObserver, MinMaxObserver } from "../../src/quantize/mod.ts";

const place = { tensor: "x" };

function observed(...pieces: readonly Float32Array[]): HistogramObserver {
  const observer = new HistogramObserver();
  for (const piece of pieces) observer.observe(piece, place);
  return observer;
}

/** Floats of very different sizes, now and then zero. */
const floats = fc.array(
  fc.oneof(
    fc.float({ noDefaultInfinity: true, noNaN: true }),
    fc.constantFrom(0, -0, 2 ** -149, -(2 ** -149)),
    fc.float({ min: -8, max: 8, noNaN: true }),
  ),
  { maxLength: 60 },
).map((values) => Float32Array.from(values));

Deno.test("HistogramObserver counts in the narrowest bins that hold all values and zero", () => {
  const { low, width, mass } = observed(Float32Array.of(-1, 0, 0.25, 3)).bins();
  assertEquals([low, width, mass.length], [-1, 2 ** -8, 4 * 256 + 1]);
  assertEquals([mass[0], mass[256], mass[256 + 64], mass[1024]], [1, 1, 1, 1]);
  assertEquals(observed(Float32Array.of(1024, 2047)).bins().width, 1);
  assertEquals(observed(Float32Array.of(1024, 2048)).bins().width, 2);
});

Deno.test("HistogramObserver joins bins without moving a count over an edge", () => {
  const narrow = observed(Float32Array.of(-0.5, -0.001, 0.001, 0.5), Float32Array.of(1000));
  assertEquals(narrow.bins(), observed(Float32Array.of(1000, 0.5, -0.5, 0.001, -0.001)).bins());
  const { low, width, mass } = narrow.bins();
  assertEquals([low, width], [-0.5, 0.5]);
  assertEquals([...mass.subarray(0, 3)], [2, 1, 1]);
});

Deno.test("HistogramObserver gives the same state for any cut, order and merging", () => {
  fc.assert(
    fc.property(fc.array(floats, { maxLength: 6 }), fc.nat(), (pieces, seed) => {
      const whole = observed(Float32Array.from(pieces.flatMap((piece) => [...piece])));
      const order = [...pieces.entries()]
        .sort(([a], [b]) => (a * 7919 + seed) % 101 - (b * 7919 + seed) % 101)
        .map(([, piece]) => piece);
      assertEquals(JSON.stringify(observed(...order)), JSON.stringify(whole));
      const merged = new HistogramObserver();
      for (const piece of order) merged.merge(observed(piece));
      assertEquals(JSON.stringify(merged), JSON.stringify(whole));
    }),
    { seed: 31, numRuns: 300 },
  );
});

Deno.test("HistogramObserver counts every value once, in the bin it lies in", () => {
  fc.assert(
    fc.property(floats, (values) => {
      const { low, width, mass } = observed(values).bins();
      const expected = new Float64Array(mass.length);
      for (const value of values) expected[Math.floor(value / width) - low / width]! += 1;
      assertEquals(mass, expected);
    }),
    { seed: 32, numRuns: 300 },
  );
});

Deno.test("HistogramObserver.fromJSON() restores what toJSON() wrote, to the bit", () => {
  fc.assert(
    fc.property(floats, floats, (first, second) => {
      const restored = HistogramObserver.fromJSON(JSON.parse(JSON.stringify(observed(first))));
      restored.observe(second, place);
      assertEquals(JSON.stringify(restored), JSON.stringify(observed(first, second)));
    }),
    { seed: 33, numRuns: 200 },
  );
});

Deno.test("HistogramObserver counts beyond what float32 counters can", () => {
  const state = observed(Float32Array.of(1)).toJSON();
  const counts = state.counts.map((count) => count * 2 ** 40);
  const many = HistogramObserver.fromJSON({ ...state, counts } as typeof state);
  many.observe(Float32Array.of(1), place);
  assertEquals(many.bins().mass.at(-1), 2 ** 40 + 1);
});

Deno.test("HistogramObserver refuses values that are not finite and observers of other kinds", () => {
  const message = assertThrows(
    () => observed(Float32Array.of(1, NaN)),
    FormatError,
  ).message;
  assertEquals(
    message,
    'Cannot observe tensor "x": element 1 is NaN, expected finite numbers',
  );
  assertEquals(
    assertThrows(() => new HistogramObserver().merge(new MinMaxObserver()), RangeError).message,
    'Cannot merge observers: one is "histogram", the other "min-max"',
  );
});

Deno.test("HistogramObserver.fromJSON() refuses what toJSON() does not write", () => {
  const state = observed(Float32Array.of(-1, 2)).toJSON();
  const cases = [
    { ...state, kind: "other" },
    { ...state, min: 3 },
    { ...state, min: 0.1 },
    { ...state, max: "2" },
    { ...state, counts: state.counts.slice(1) },
    { ...state, counts: state.counts.map((count) => count - 1) },
    { ...state, counts: { length: 1e9 } },
    { ...state, min: null, max: null },
  ];
  for (const bad of cases) {
    const { message } = assertThrows(
      () => HistogramObserver.fromJSON(JSON.parse(JSON.stringify(bad))),
      FormatError,
    );
    assert(message.startsWith("Cannot restore a histogram observer: found kind "), message);
  }
  assertEquals(
    assertThrows(() => HistogramObserver.fromJSON({ kind: "histogram" }), FormatError).message,
    'Cannot restore a histogram observer: found kind "histogram", range [null,null] and no counts, ' +
      'expected kind "histogram", finite min <= max and one count a bin',
  );
});

Deno.test("HistogramObserver.fromJSON() refuses ends that are not counted, and other members", () => {
  const state = observed(Float32Array.of(-1, 0.5, 2)).toJSON();
  const refused = (bad: object): string =>
    assertThrows(() => HistogramObserver.fromJSON({ ...state, ...bad }), FormatError).message;
  const uncounted = (end: number): string =>
    `Cannot restore a histogram observer: the bin of ${end} counts 0, expected the ends of the ` +
    "range to be counted";
  assertEquals(refused({ counts: state.counts.map(() => 0) }), uncounted(-1));
  assertEquals(refused({ counts: state.counts.with(-1, 0) }), uncounted(2));
  assertEquals(
    refused({ total: 3 }),
    'Cannot restore a histogram observer: found member "total", expected kind, min, max, counts',
  );
});
