import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fakeQuantize } from "../../../src/kernels/mod.ts";
import {
  computeEncoding,
  ENCODING_SCHEMAS,
  type EncodingSchema,
  isEncodingSchema,
  RANGE_METHODS,
  type RangeMethod,
  type RangeMethodName,
  type RangeMethodOptions,
} from "../../../src/quantize/mod.ts";
import { rangeMethod } from "../../../src/quantize/range_methods.ts";
import { countLevels, type Encoding } from "../../../src/tensor/mod.ts";
import { cubes } from "./_cubes.ts";

function encode(
  name: RangeMethodName,
  values: Float32Array | readonly number[],
  options: RangeMethodOptions = {},
): Encoding {
  const method: RangeMethod = RANGE_METHODS[name];
  const observer = method.createObserver();
  observer.observe(Float32Array.from(values), { tensor: "x" });
  return method.encode(observer, { schema: method.schema, ...options });
}

/** Mean squared error; clipped values count `clipping` times. */
function costOf(values: Float32Array, encoding: Encoding, clipping = 1): number {
  const decoded = values.slice();
  fakeQuantize(decoded, { ...encoding, levels: countLevels(encoding) });
  const { min, max, scale } = encoding;
  return values.reduce((sum, value, index) => {
    const clipped = value < min - scale / 2 || value > max + scale / 2;
    return sum + (clipped ? clipping : 1) * (value - decoded[index]!) ** 2;
  }, 0) / values.length;
}

const heavyTails = cubes(1, 20000);

Deno.test("RANGE_METHODS give grids of every schema that hold zero and fit their bits", () => {
  const range = fc.float({ min: -100, max: 100, noNaN: true });
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(RANGE_METHODS)),
      fc.constantFrom(...Object.keys(ENCODING_SCHEMAS)),
      fc.constantFrom(4, 8, 16),
      fc.array(range, { minLength: 1, maxLength: 30 }),
      (name, schema, bitwidth, values) => {
        const method = Object.entries(RANGE_METHODS).find(([key]) => key === name)?.[1];
        assert(method !== undefined && isEncodingSchema(schema));
        const row: RangeMethod = method;
        if (row.schemas?.includes(schema) === false) return;
        if (row.bitwidths?.includes(bitwidth) === false) return;
        const observer = row.createObserver();
        observer.observe(Float32Array.from(values), { tensor: "x" });
        const { scale, offset, min, max, symmetric } = row.encode(observer, { bitwidth, schema });
        assert(
          scale > 0 && Number.isInteger(offset) && !Object.is(offset, -0),
          `${scale} ${offset}`,
        );
        assert(offset <= 0 && offset >= 1 - 2 ** bitwidth, `${offset}`);
        const steps = 2 ** bitwidth - (schema === "strict-symmetric" ? 2 : 1);
        assertAlmostEquals(min, scale * offset, 1e-5 * (max - min));
        assertAlmostEquals(max, scale * (offset + steps), 1e-5 * (max - min));
        assertEquals(symmetric, schema !== "asymmetric");
        const half = 2 ** (bitwidth - 1);
        if (schema === "symmetric") assertEquals(offset, -half);
        if (schema === "strict-symmetric") assertEquals(offset, 1 - half);
        if (schema === "unsigned-symmetric") assert(offset === 0 || offset === -half);
      },
    ),
    { seed: 5, numRuns: 400 },
  );
});

Deno.test("RANGE_METHODS.adjusted widens one end and clips nothing", () => {
  const example = encode("adjusted", [-1.8, 0.5]);
  assertEquals([example.offset, example.scale.toFixed(8)], [-199, "0.00904523"]);
  assertAlmostEquals(example.min, -1.8, 1e-7);
  assertAlmostEquals(example.max, 0.50653266, 1e-7);
  const finite = fc.float({ min: -1000, max: 1000, noNaN: true });
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 9 }), (values) => {
      const [adjusted, tf] = [encode("adjusted", values), encode("tf", values)];
      const [low, high] = [Math.min(...values), Math.max(...values)];
      assert(adjusted.min <= low * (1 - 1e-12) || low >= 0);
      assert(adjusted.max >= high * (1 - 1e-12) || high <= 0);
      assert(adjusted.scale >= tf.scale * (1 - 1e-12));
      // One end stays where it is, and the step grows by less than one step's share.
      const [below, above] = [-adjusted.offset, 255 + adjusted.offset];
      if (below > 1 && above > 1) {
        assert(adjusted.scale <= tf.scale * (1 + 1 / (Math.min(below, above) - 1)));
      }
    }),
    { seed: 6, numRuns: 300 },
  );
});

Deno.test("RANGE_METHODS.adjusted equals tf where zero is on the grid already", () => {
  for (const range of [[-40, 80], [0, 5], [-5, 0]]) {
    const [adjusted, tf] = [encode("adjusted", range), encode("tf", range)];
    assertEquals([adjusted.offset, adjusted.scale], [tf.offset, tf.scale]);
  }
});

Deno.test("RANGE_METHODS.percentile cuts rare values off at each end", () => {
  // Ten values of a hundred thousand lie far out on one side, none on the other.
  const values = Float32Array.from({ length: 100_000 }, (_, i) => i < 10 ? 100 : (i % 1000) / 1000);
  const cut = encode("percentile", values, { percentile: 99.9 });
  assertAlmostEquals(cut.max, 1, 2 * 100 / 1024);
  assertEquals(encode("percentile", values, { percentile: 100 }).max, 100);
  assertEquals(encode("percentile", values, { percentile: 99.995 }).max, 100);
  assertEquals(cut.min, 0);
});

Deno.test("RANGE_METHODS.percentile leaves at most its share outside", () => {
  for (const percentile of [90, 99, 99.9, 99.99]) {
    const { min, max, scale } = encode("percentile", heavyTails, { percentile, bitwidth: 16 });
    const share = (outside: (value: number) => boolean) =>
      heavyTails.filter(outside).length / heavyTails.length;
    assert(share((value) => value < min - scale) <= (100 - percentile) / 100);
    assert(share((value) => value > max + scale) <= (100 - percentile) / 100);
  }
});

Deno.test("RANGE_METHODS.percentile goes with a symmetric schema", () => {
  const both = encode("percentile", heavyTails, { percentile: 99 });
  const symmetric = encode("percentile", heavyTails, { percentile: 99, schema: "symmetric" });
  const reach = Math.max(-both.min, both.max);
  assertAlmostEquals(symmetric.max, reach, both.scale);
  assertEquals(symmetric.offset, -128);
});

Deno.test("RANGE_METHODS.percentile takes 90 to 100", () => {
  for (const percentile of [89.9, 100.1, NaN]) {
    for (const name of ["percentile", "aimet-percentile"] as const) {
      assertEquals(
        assertThrows(() => encode(name, [1, 2], { percentile }), RangeError).message,
        `Cannot compute an encoding: percentile ${percentile}, expected a number from 90 to 100`,
      );
    }
  }
});

Deno.test("RANGE_METHODS.mse has less squared error than tf, and sqnr clips less", () => {
  for (const schema of ["asymmetric", "symmetric"] as const) {
    for (const bitwidth of [4, 8]) {
      const [tf, mse, sqnr] = (["tf", "mse", "sqnr"] as const).map((name) =>
        encode(name, heavyTails, { bitwidth, schema })
      ) as [Encoding, Encoding, Encoding];
      // The search sees the middles of bins, not the values.
      const most = bitwidth === 4 ? 0.7 : 1.005;
      assert(costOf(heavyTails, mse) < most * costOf(heavyTails, tf), `${schema} ${bitwidth}`);
      assert(costOf(heavyTails, mse) <= 1.001 * costOf(heavyTails, sqnr));
      assert(costOf(heavyTails, sqnr, 3) <= 1.001 * costOf(heavyTails, mse, 3));
      assert(sqnr.max - sqnr.min >= mse.max - mse.min);
    }
  }
});

Deno.test("RANGE_METHODS.mse finds the grid that values lie on", () => {
  // 255 steps of 1/64 fill the range exactly, so nothing can be better.
  const values = Float32Array.from({ length: 256 }, (_, code) => (code - 100) / 64);
  for (const name of ["tf", "mse", "sqnr"] as const) {
    const { scale, offset } = encode(name, values);
    assertEquals([scale, offset], [1 / 64, -100]);
  }
});

Deno.test("RANGE_METHODS.sqnr comes close to AIMET's tf_enhanced", () => {
  const ours = encode("sqnr", heavyTails);
  const theirs = encode("enhanced", heavyTails);
  const ratio = costOf(heavyTails, ours, 3) / costOf(heavyTails, theirs, 3);
  assert(ratio < 1.02, `${ratio}`);
});

Deno.test("RANGE_METHODS.entropy cuts long tails", () => {
  const tf = encode("tf", heavyTails);
  const { min, max } = encode("entropy", heavyTails);
  assert(max - min < 0.95 * (tf.max - tf.min), `${min} to ${max}`);
  const symmetric = encode("entropy", heavyTails, { schema: "symmetric" });
  assert(symmetric.max < 0.95 * encode("symmetric", heavyTails).max);
});

Deno.test("RANGE_METHODS.entropy keeps the range where codes outnumber the bins", () => {
  assertEquals(
    encode("entropy", heavyTails, { bitwidth: 16 }),
    encode("tf", heavyTails, { bitwidth: 16 }),
  );
  assertEquals(encode("entropy", [0, 0]), encode("tf", [0, 0]));
});

Deno.test("RANGE_METHODS.entropy takes data of one sign far from zero", () => {
  // The last window of the search ends just short of the least of these weights of MobileNetV2.
  const values = [
    ...[-0.3496275842189789, -0.3345898389816284, -0.32331153750419617, -0.38722196221351624],
    ...[-0.24812281131744385, -0.3120332360267639, -0.477448433637619, -0.45865124464035034],
    -0.4511323869228363,
  ];
  for (const sign of [1, -1]) {
    const signed = values.map((value) => sign * value);
    assert(encode("entropy", signed, { schema: "symmetric" }).max >= 0.248);
    const { min, max } = encode("entropy", signed);
    assert(sign < 0 ? min === 0 && max >= 0.3 : max === 0 && min <= -0.3);
  }
});

Deno.test("RANGE_METHODS lie in the neighbourhood of ONNX Runtime's calibrators", () => {
  // What its calibrators give for these values when they see them in one call.
  const values = Float32Array.from([...cubes(1), ...cubes(2).map((value) => value * 1.5)]);
  // Its percentile is one of absolute values, or cuts half as much at each end.
  const symmetric = encode("percentile", values, { percentile: 99.9, schema: "symmetric" });
  assertAlmostEquals(symmetric.max, 6.1312265, 0.3);
  const percentile = encode("percentile", values, { percentile: 99.95 });
  assertAlmostEquals(percentile.min, -5.932244, 0.1);
  assertAlmostEquals(percentile.max, 6.206312, 0.1);
  // 2048 bins and 128 levels there.
  const entropy = encode("entropy", values, { schema: "symmetric" });
  assertAlmostEquals(entropy.max, 5.1719265, 0.8);
});

Deno.test("RANGE_METHODS on exact histograms do not depend on how values come", () => {
  const values = [...cubes(1), ...cubes(2).map((value) => value * 1.5)];
  for (const name of ["sqnr", "mse", "percentile", "entropy"] as const) {
    const method: RangeMethod = RANGE_METHODS[name];
    const [one, two] = [method.createObserver(), method.createObserver()];
    one.observe(Float32Array.from(values), { tensor: "x" });
    two.observe(Float32Array.from(values.slice(4096)), { tensor: "x" });
    two.observe(Float32Array.from(values.slice(0, 4096)), { tensor: "x" });
    assertEquals(method.encode(two, {}), method.encode(one, {}), name);
  }
});

Deno.test("RANGE_METHODS refuse observers of other kinds, and without values", () => {
  const [histogram, range] = [RANGE_METHODS.sqnr, RANGE_METHODS.tf];
  assertEquals(
    assertThrows(() => histogram.encode(range.createObserver(), {}), RangeError).message,
    'Cannot compute an encoding: the observer is "min-max", expected "histogram"',
  );
  for (const name of ["sqnr", "enhanced", "aimet-entropy", "percentile"] as const) {
    assertEquals(
      assertThrows(
        () => RANGE_METHODS[name].encode(RANGE_METHODS[name].createObserver(), {}),
        RangeError,
      )
        .message,
      "Cannot compute an encoding: no values were observed",
    );
  }
});

Deno.test("RANGE_METHODS of AIMET's histograms give its encoding for zeros", () => {
  for (const name of ["enhanced", "aimet-percentile", "aimet-mse", "aimet-entropy"] as const) {
    const { min, max, offset } = encode(name, new Float32Array(8));
    assertEquals([min.toFixed(8), max.toFixed(8), offset], ["-1.00392157", "0.99607843", -128]);
  }
});

Deno.test("rangeMethod() refuses what does not go together", () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => rangeMethod("adjusted", { use: "activations" }),
      'Cannot use range method "adjusted" for activations: possible are tf, enhanced, symmetric, ' +
      "strict-symmetric, unsigned-symmetric, sqnr, mse, percentile, entropy, aimet-percentile, " +
      "aimet-mse, aimet-entropy",
    ],
    [
      () => rangeMethod("adjusted", { use: "weights", bitwidth: 16 }),
      'Cannot use range method "adjusted" with 16 bits: possible are 8',
    ],
    [
      () => rangeMethod("adjusted", { use: "weights", schema: "symmetric" }),
      'Cannot use range method "adjusted" with schema "symmetric": possible are asymmetric',
    ],
    [
      () => rangeMethod("strict-symmetric", { use: "weights", schema: "asymmetric" }),
      'Cannot use range method "strict-symmetric" with schema "asymmetric": possible are ' +
      "strict-symmetric",
    ],
  ];
  for (const [call, message] of cases) {
    assertEquals(assertThrows(call, RangeError).message, message);
  }
});

Deno.test("computeEncoding() has a symmetric grid of every kind", () => {
  const rows: readonly (readonly [EncodingSchema, number, number, number, number, number])[] = [
    // Schema, least and greatest value, then minimum, maximum and offset.
    ["symmetric", -0.5, 1.27, -1.28, 1.27, -128],
    ["symmetric", -2.54, 1, -2.56, 2.54, -128],
    ["strict-symmetric", -0.5, 1.27, -1.27, 1.27, -127],
    ["unsigned-symmetric", 0, 2.55, 0, 2.55, 0],
    ["unsigned-symmetric", 1, 2.55, 0, 2.55, 0],
    ["unsigned-symmetric", -0.1, 1.27, -1.28, 1.27, -128],
    ["symmetric", 0, 0, -0.01 * 128 / 127, 0.01, -128],
  ];
  for (const [schema, low, high, min, max, offset] of rows) {
    const encoding = computeEncoding({ min: low, max: high }, { schema });
    assertAlmostEquals(encoding.min, min, 1e-12);
    assertAlmostEquals(encoding.max, max, 1e-12);
    assertEquals([encoding.offset, encoding.symmetric], [offset, true]);
  }
  const four = computeEncoding({ min: -7, max: 3 }, { bitwidth: 4, schema: "symmetric" });
  assertEquals([four.min, four.max, four.scale, four.offset], [-8, 7, 1, -8]);
});
