import { assertEquals, assertThrows } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import { Calibration, MinMaxObserver, RANGE_METHODS } from "../../src/quantize/mod.ts";

function calibration(values: readonly number[], name = "relu", model = "m"): Calibration {
  const observer = new MinMaxObserver();
  observer.observe(Float32Array.from(values), { tensor: name });
  return new Calibration({
    model,
    method: "tf",
    samples: 1,
    observers: new Map([[name, observer]]),
  });
}

Deno.test("Calibration merges what parts of the samples gave", () => {
  const merged = calibration([1, 2]);
  merged.merge(calibration([-3, 0]));
  assertEquals(merged.samples, 2);
  assertEquals(merged.ranges().get("relu"), { min: -3, max: 2 });
});

Deno.test("Calibration.fromJSON() restores what toJSON() wrote", () => {
  const written = calibration([1.5, -2]);
  const restored = Calibration.fromJSON(JSON.parse(JSON.stringify(written)));
  assertEquals(restored.toJSON(), written.toJSON());
  assertEquals(restored.ranges().get("relu"), { min: -2, max: 1.5 });
});

Deno.test("Calibration refuses to merge what does not belong together", () => {
  assertEquals(
    assertThrows(() => calibration([1]).merge(calibration([1], "relu", "n")), RangeError).message,
    "Cannot merge calibrations: they are of different networks",
  );
  assertEquals(
    assertThrows(() => calibration([1]).merge(calibration([1], "conv")), RangeError).message,
    'Cannot merge calibrations: only one observed "relu"',
  );
});

Deno.test("Calibration.fromJSON() names what is wrong with a state", () => {
  const state = calibration([1]).toJSON();
  const cases: readonly (readonly [unknown, string])[] = [
    [null, "the state is not an object"],
    [
      { ...state, version: 2 },
      'found format "dlcstream calibration" version 2, expected "dlcstream calibration" version 1',
    ],
    [
      { ...state, method: "none" },
      `model "m" by method "none", expected a fingerprint and one of ${
        Object.keys(RANGE_METHODS).join(", ")
      }`,
    ],
    [{ ...state, samples: -1 }, "samples is -1, expected a count from 1"],
    [{ ...state, samples: 0 }, "samples is 0, expected a count from 1"],
    [
      { ...state, weights: 1 },
      'found member "weights", expected format, version, model, method, samples, observers',
    ],
    [{ ...state, observers: [] }, "observers is not an object"],
    [{ ...state, observers: { relu: 1 } }, 'the observer of "relu" is not an object'],
  ];
  for (const [bad, problem] of cases) {
    assertEquals(
      assertThrows(() => Calibration.fromJSON(bad), FormatError).message,
      `Cannot restore a calibration: ${problem}`,
    );
  }
  assertThrows(
    () => Calibration.fromJSON({ ...state, observers: { relu: { kind: "histogram" } } }),
    FormatError,
    "Cannot restore a min-max observer",
  );
});
