import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import { calibrate, MinMaxObserver, type Observer, quantizeModel } from "../../src/quantize/mod.ts";
import { observeActivations } from "../../src/quantize/observe_activations.ts";
import type { Sample, SampleSource } from "../../src/tensor/mod.ts";
import { convolutionModel, floats } from "./small_model.ts";

/** Samples of input `x`. */
function samplesOf(values: readonly (readonly number[])[]): SampleSource {
  return {
    length: values.length,
    read(index): Promise<Sample> {
      return Promise.resolve(new Map([["x", floats([1, 2, 2, 2], values[index] ?? [])]]));
    },
  };
}

const FIRST = [1, 2, 3, 4, -1, -2, -3, -4];
const SECOND = [0.5, 0, 0, 0, 0.5, 0, 0, 1];

Deno.test("calibrate() gives the ranges of all samples at the values that get encodings", async () => {
  const calibration = await calibrate(convolutionModel(), samplesOf([FIRST, SECOND]));
  assertEquals(calibration.samples, 2);
  const ranges = calibration.ranges();
  assertEquals([...ranges.keys()], ["x", "relu", "y"]);
  assertEquals(ranges.get("x"), { min: -4, max: 4 });
  // Channel 0: x0 - 0.5 x1 + 0.1, at most 4 + 2 + 0.1. Channel 1: 0.25 x0 + 2 x1 - 0.2.
  assertEquals(ranges.get("relu")?.min, 0);
  assertAlmostEquals(ranges.get("relu")?.max ?? NaN, 6.1, 1e-6);
  // Pooled: [6.1, 0] and [0.35, 1.8]; y = [0.5 p0 + p1, -p1, -0.5 p0 + 0.125 p1].
  assertAlmostEquals(ranges.get("y")?.max ?? NaN, 3.05, 1e-6);
  assertAlmostEquals(ranges.get("y")?.min ?? NaN, -3.05, 1e-6);
});

Deno.test("calibrate() observes other values with those that get encodings where it is told to", async () => {
  const calibration = await calibrate(convolutionModel(), samplesOf([FIRST]), {
    also: ["conv"],
    except: new Set(["y"]),
  });
  const ranges = calibration.ranges();
  assertEquals([...ranges.keys()], ["x", "relu", "conv"]);
  // In front of the activation function: 0.25 * 4 - 2 * 4 - 0.2.
  assertAlmostEquals(ranges.get("conv")?.min ?? NaN, -7.2, 1e-6);
});

Deno.test("calibrate() over parts merges to calibrate() over all", async () => {
  const values = Array.from(
    { length: 7 },
    (_, s) => Array.from({ length: 8 }, (_, i) => Math.sin(s * 8 + i * i) * (s + 1)),
  );
  const whole = await calibrate(convolutionModel(), samplesOf(values));
  for (const cut of [1, 3, 6]) {
    const merged = await calibrate(convolutionModel(), samplesOf(values.slice(cut)));
    merged.merge(await calibrate(convolutionModel(), samplesOf(values.slice(0, cut))));
    assertEquals(JSON.stringify(merged), JSON.stringify(whole));
  }
});

Deno.test("calibrate() knows no percentile: merged parts serve each that quantizeModel() is asked for", async () => {
  const values = Array.from(
    { length: 6 },
    (_, s) => Array.from({ length: 8 }, (_, i) => Math.tan(s * 8 + i * i)),
  );
  const method = "percentile" as const;
  const merged = await calibrate(convolutionModel(), samplesOf(values.slice(0, 2)), { method });
  merged.merge(await calibrate(convolutionModel(), samplesOf(values.slice(2)), { method }));
  const state = JSON.stringify(merged);
  const found = new Set<number | undefined>();
  for (const percentile of [90, 100]) {
    const options = { activationMethod: method, percentile };
    const { encodings } = await quantizeModel(convolutionModel(), merged, options);
    const direct = await quantizeModel(convolutionModel(), samplesOf(values), options);
    assertEquals(encodings, direct.encodings);
    found.add(encodings.activations.get("x")?.encodings[0]?.scale);
  }
  assertEquals(found.size, 2);
  assertEquals(JSON.stringify(merged), state);
});

Deno.test("calibrate() leaves out values whose encodings are given", async () => {
  const calibration = await calibrate(convolutionModel(), samplesOf([FIRST]), {
    except: new Set(["relu"]),
  });
  assertEquals([...calibration.observers.keys()], ["x", "y"]);
});

Deno.test("calibrate() names the value and the sample that are not finite", async () => {
  const error = await assertRejects(
    () => calibrate(convolutionModel(), samplesOf([SECOND, [NaN, ...FIRST.slice(1)]])),
    FormatError,
  );
  assertEquals(
    error.message,
    'Cannot observe value "x" of sample 1: found NaN or infinity, expected numbers',
  );
});

Deno.test("calibrate() needs samples", async () => {
  assertEquals(
    (await assertRejects(() => calibrate(convolutionModel(), samplesOf([])), RangeError)).message,
    'Cannot calibrate "small": no samples',
  );
});

Deno.test("calibrate() ends when it is aborted", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(
    () => calibrate(convolutionModel(), samplesOf([FIRST]), { signal }),
    Error,
    "enough",
  );
});

Deno.test("observeActivations() shows whole values to observers that need them", async () => {
  const seen: string[] = [];
  const createObserver = (): Observer => {
    const range = new MinMaxObserver();
    return {
      observe(values, place) {
        seen.push(`${place.tensor} ${place.sample} ${values.length}`);
        range.observe(values, place);
      },
      merge: () => {},
      range: () => range.range(),
      toJSON: () => ({ kind: "test" }),
    };
  };
  const observers = await observeActivations(convolutionModel(), samplesOf([FIRST, SECOND]), {
    values: ["x", "y"],
    createObserver,
  });
  assertEquals(seen.toSorted(), ["x 0 8", "x 1 8", "y 0 3", "y 1 3"]);
  assertEquals(observers.get("x")?.range(), { min: -4, max: 4 });
});

Deno.test("quantizeModel() calibrates on samples and tells how far it is", async () => {
  const model = convolutionModel();
  const stages = new Set<string>();
  const quantized = await quantizeModel(model, samplesOf([FIRST, SECOND]), {
    onProgress: ({ stage, done, total }) => {
      stages.add(stage);
      assertEquals(done <= total, true);
    },
  });
  assertEquals([...stages], ["parameters", "calibrate"]);
  const again = await quantizeModel(
    model,
    await calibrate(model, samplesOf([FIRST, SECOND])),
  );
  assertEquals(quantized.encodings, again.encodings);
});
