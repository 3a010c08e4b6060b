import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLessOrEqual,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { dequantize, quantize } from "../../src/kernels/mod.ts";
import {
  computeBiasEncoding32,
  computeEncoding,
  decodeNumber,
  encodeNumber,
  roundHalfAway,
} from "../../src/quantize/mod.ts";

/** Tells how many vectors of a kind were compared. */
function tellPassed(count: number, what: string): void {
  // deno-lint-ignore no-console
  console.log(`${count} ${what} passed`);
}

/** The edge cases: true range, then min, max, scale, offset at 8 bits. */
const EDGE_CASES: readonly (readonly number[])[] = [
  [5, 10, 0, 10, 10 / 255, 0],
  [-20, -6, -20, 0, 20 / 255, -255],
  [-5.1, 5.1, -5.12, 5.08, 0.04, -128],
  [-5, 5, -5.019608, 4.980392, 10 / 255, -128],
  [0, 0, 0, 0.01, 3.921569e-5, 0],
  [10, 10, 0, 10, 0.0392157, 0],
  [1000, 1200, 0, 1200, 4.705882, 0],
  [-8, -5, -8, 0, 0.0313725, -255],
  [-40, 80, -40, 80, 0.470588, -85],
  [-1e-6, 1e-6, 0, 0.01, 3.921569e-5, 0],
];

Deno.test("computeEncoding() gives the known results at the edges", () => {
  for (const [low = NaN, high = NaN, min, max, scale, offset] of EDGE_CASES) {
    const encoding = computeEncoding({ min: low, max: high });
    const what = `[${low}, ${high}]`;
    assertEquals(encoding.offset, offset, what);
    // [-1e-6, 1e-6] keeps the width 0.01 + 1e-6 - 1e-6 only to the last digits.
    assertAlmostEquals(encoding.min, min ?? NaN, 1.1e-6, what);
    assertAlmostEquals(encoding.max, max ?? NaN, 1.1e-6, what);
    assertAlmostEquals(encoding.scale, scale ?? NaN, 1e-6, what);
    assertEquals(encoding.bitwidth, 8);
    assertEquals(encoding.symmetric, false);
  }
  tellPassed(EDGE_CASES.length, "edge cases");
});

Deno.test("computeEncoding() divides the width in double: 0.04 is not 10.2 / 255", () => {
  assertEquals(computeEncoding({ min: -5.1, max: 5.1 }).scale, 0.039999999999999994);
});

Deno.test("computeEncoding() gives SNPE's worked example at 8 and at 16 bits", () => {
  const range = { min: -1.8, max: 0.5 };
  const encoding = computeEncoding(range);
  assertEquals(encoding.offset, -200);
  assertAlmostEquals(encoding.min, -1.80392157, 5e-9);
  assertAlmostEquals(encoding.max, 0.49607843, 5e-9);
  assertAlmostEquals(encoding.scale, 0.00901961, 5e-9);
  assertEquals([-1.8, -1, 0, 0.5].map((x) => encodeNumber(x, encoding)), [0, 89, 200, 255]);
  const decoded = [0, 89, 200, 255].map((q) => decodeNumber(q, encoding));
  assertAlmostEquals(decoded[0] ?? NaN, -1.80392157, 5e-9);
  assertAlmostEquals(decoded[1] ?? NaN, -1.00117647, 5e-9);
  assertEquals(decoded[2], 0);
  assertAlmostEquals(decoded[3] ?? NaN, 0.49607843, 5e-9);

  const wide = computeEncoding(range, { bitwidth: 16 });
  assertEquals(wide.offset, -51288);
  assertAlmostEquals(wide.min, -1.79999084, 5e-9);
  assertAlmostEquals(wide.max, 0.50000916, 5e-9);
  assertAlmostEquals(wide.scale, 3.50957504e-5, 5e-14);
});

Deno.test("computeEncoding(), encodeNumber() and decodeNumber() give the simulator's vectors", () => {
  const encoding = computeEncoding({ min: -0.46, max: 0.72 });
  assertEquals(encoding.offset, -99);
  assertAlmostEquals(encoding.scale, 0.00462745, 5e-9);
  assertAlmostEquals(encoding.min, -0.45811765, 5e-9);
  assertAlmostEquals(encoding.max, 0.72188235, 5e-9);
  const codes = [-0.5, -0.25, 0, 0.25, 0.5, 0.75].map((x) => encodeNumber(x, encoding));
  assertEquals(codes, [0, 45, 99, 153, 207, 255]);
  // The published numbers were computed in float32.
  const decoded = [-0.45811754, -0.2498823, 0, 0.2498823, 0.49976459, 0.72188222];
  codes.forEach((q, i) => assertAlmostEquals(decodeNumber(q, encoding), decoded[i] ?? NaN, 2e-7));
  tellPassed(codes.length, "vectors of AIMET's simulator");
});

/** Lines of snpe-dlc-quantize 1.54.2 and others at 8 bits: min, max, delta, offset. */
const LOG_LINES: readonly (readonly number[])[] = [
  [-5.231276, 5.109619, 0.040553, -129],
  [-3.248278, 3.273855, 0.025577, -127],
  [-0.646348, 3.277907, 0.015389, -42],
  [-1.517784, 1.188754, 0.010614, -143],
  [0.000000, 1.192410, 0.004676, 0],
  [-2.482376, 2.071623, 0.017859, -139],
  [-4.681144, 4.227003, 0.034934, -134],
  [-1.777269, 1.819585, 0.014105, -126],
  [-2.080180, 5.607441, 0.030148, -69],
  [-12.994302, 12.299950, 0.099193, -131],
  [-10.076691, 10.316612, 0.079974, -126],
  [-23.455458, 42.271375, 0.257752, -91],
  [-37.015458, 41.642390, 0.308462, -120],
];

Deno.test("computeEncoding() reproduces the lines of SNPE's logs", () => {
  for (const [min = NaN, max = NaN, delta, offset] of LOG_LINES) {
    const encoding = computeEncoding({ min, max });
    const what = `[${min}, ${max}]`;
    assertEquals(encoding.offset, offset, what);
    assertAlmostEquals(encoding.min, min, 1e-6, what);
    assertAlmostEquals(encoding.max, max, 1e-6, what);
    assertAlmostEquals(encoding.scale, delta ?? NaN, 1e-6, what);
  }
  tellPassed(LOG_LINES.length, "lines of SNPE's logs");
});

Deno.test("computeEncoding() gives SNPE's encodings from the true ranges behind them", () => {
  const first = computeEncoding({ min: -1.514128, max: 1.192410 });
  assertEquals(first.offset, -143);
  assertAlmostEquals(first.min, -1.517784, 1e-6);
  assertAlmostEquals(first.max, 1.188754, 1e-6);
  const second = computeEncoding({ min: -1.771649, max: 1.825205 });
  assertEquals(second.offset, -126);
  assertAlmostEquals(second.min, -1.777269, 1e-6);
  assertAlmostEquals(second.max, 1.819585, 1e-6);
});

Deno.test("computeEncoding() recomputes an override as SNPE does", () => {
  const encoding = computeEncoding({ min: -17.530067, max: 12.271047 }, { minimumRange: 0 });
  assertEquals(encoding.offset, -150);
  assertAlmostEquals(encoding.scale, 0.116867, 1e-6);
});

/** The generator of the reference vectors: a linear congruential sequence, four sums cubed. */
function generate(seed: number, factor: number): Float32Array {
  let state = seed;
  const next = () => (state = (Math.imul(1664525, state) + 1013904223) >>> 0) / 2 ** 32;
  return Float32Array.from({ length: 4096 }, () => {
    const sum = next() + next() + next() + next() - 2;
    return Math.fround(Math.fround(sum ** 3 + 0.1) * factor);
  });
}

function rangeOf(values: Float32Array): { min: number; max: number } {
  return {
    min: values.reduce((a, b) => Math.min(a, b)),
    max: values.reduce((a, b) => Math.max(a, b)),
  };
}

Deno.test("computeEncoding() gives AIMET's tf results on its reference data", () => {
  const first = generate(1, 1);
  assertEquals(
    Array.from(first.subarray(0, 4), (x) => Math.fround(x)),
    [0.0936531126, 0.0845642686, -0.202695355, 0.366525173].map(Math.fround),
  );
  const a = rangeOf(first);
  const b = rangeOf(generate(2, 1.5));
  assertAlmostEquals(a.min, -6.0100131, 1e-7);
  assertAlmostEquals(b.max, 9.05308151, 1e-7);
  const range = { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
  const expected: readonly (readonly number[])[] = [
    [8, -6.5555442, 9.0674817, 0.0612667682, -107],
    [4, -6.24921036, 9.37381554, 1.04153506, -6],
    [16, -6.56984772, 9.05317817, 0.000238392094, -27559],
  ];
  for (const [bitwidth = NaN, min, max, scale, offset] of expected) {
    const encoding = computeEncoding(range, { bitwidth });
    assertEquals(encoding.offset, offset);
    assertAlmostEquals(encoding.min, min ?? NaN, 1e-6);
    assertAlmostEquals(encoding.max, max ?? NaN, 1e-6);
    assertAlmostEquals(encoding.scale / (scale ?? NaN), 1, 1e-6);
  }
  const positive = computeEncoding({ min: 0, max: a.max });
  assertAlmostEquals(positive.max, 5.32695913, 5e-9);
  assertAlmostEquals(positive.scale, 0.0208900358, 5e-9);
  assertEquals(positive.offset, 0);
});

Deno.test("computeEncoding() cuts infinite ends to the limits of float32", () => {
  const encoding = computeEncoding({ min: -Infinity, max: Infinity });
  assertEquals(encoding.scale, 2 * 3.4028234663852886e38 / 255);
  assertEquals(encoding.offset, -128);
});

Deno.test("computeEncoding() keeps the width, puts zero on the grid and covers all but half a step", () => {
  const finite = fc.float({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(finite, finite, fc.constantFrom(4, 8, 16), (a, b, bitwidth) => {
      const range = { min: Math.min(a, b), max: Math.max(a, b) };
      const encoding = computeEncoding(range, { bitwidth });
      const steps = 2 ** bitwidth - 1;
      assert(Number.isInteger(encoding.offset));
      assert(encoding.offset <= 0 && encoding.offset >= -steps);
      assertEquals(decodeNumber(-encoding.offset, encoding), 0);
      assertEquals(decodeNumber(encodeNumber(0, encoding), encoding), 0);
      const slack = encoding.scale * (0.5 + 1e-6);
      assertLessOrEqual(encoding.min - range.min, slack);
      assertLessOrEqual(range.max - encoding.max, slack);
      assertAlmostEquals((encoding.max - encoding.min) / encoding.scale, steps, steps * 1e-9);
      for (const x of [range.min, range.max]) {
        const error = Math.abs(decodeNumber(encodeNumber(x, encoding), encoding) - x);
        assertLessOrEqual(error, slack);
      }
    }),
    { seed: 1, numRuns: 500 },
  );
});

Deno.test("computeEncoding() of its own ends changes nothing", () => {
  const finite = fc.double({ min: -1e4, max: 1e4, noNaN: true });
  fc.assert(
    fc.property(finite, finite, (a, b) => {
      const first = computeEncoding({ min: Math.min(a, b), max: Math.max(a, b) });
      const again = computeEncoding(first, { minimumRange: 0 });
      assertEquals(again.offset, first.offset);
      assertAlmostEquals(again.scale / first.scale, 1, 1e-12);
    }),
    { seed: 2, numRuns: 500 },
  );
});

Deno.test("encodeNumber() undoes decodeNumber() for every code", () => {
  const encoding = computeEncoding({ min: -1.8, max: 0.5 });
  for (let q = 0; q < 256; q++) assertEquals(encodeNumber(decodeNumber(q, encoding), encoding), q);
});

Deno.test("encodeNumber() and decodeNumber() are what the kernels compute", () => {
  const finite = fc.float({ noDefaultInfinity: true, noNaN: true });
  fc.assert(
    fc.property(
      finite,
      finite,
      fc.array(finite, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(8, 16),
      (a, b, values, bitwidth) => {
        const encoding = computeEncoding({ min: Math.min(a, b), max: Math.max(a, b) }, {
          bitwidth,
        });
        const data = Float32Array.from([...values, a, b, 0]);
        const codes = bitwidth === 8 ? new Uint8Array(data.length) : new Uint16Array(data.length);
        quantize(data, codes, encoding);
        assertEquals(Array.from(codes), Array.from(data, (x) => encodeNumber(x, encoding)));
        const decoded = new Float32Array(data.length);
        dequantize(codes, decoded, encoding);
        assertEquals(decoded, Float32Array.from(codes, (q) => decodeNumber(q, encoding)));
      },
    ),
    { seed: 9, numRuns: 300 },
  );
});

Deno.test("computeBiasEncoding32() gives the range that SNPE printed for a 32-bit bias", () => {
  const encoding = computeBiasEncoding32({ min: -0.029826, max: 0.012 });
  assertEquals(encoding.offset, -2147483648);
  assertEquals(encoding.scale, 0.029826 / 2 ** 31);
  assertEquals(encoding.min, -0.029826);
  assertAlmostEquals(encoding.max, 0.029826, 1e-10);
  assertEquals(encoding.symmetric, true);
  assertEquals(encodeNumber(0, encoding), 2 ** 31);
  assertAlmostEquals(decodeNumber(encodeNumber(0.012, encoding), encoding), 0.012, encoding.scale);
});

Deno.test("roundHalfAway() rounds ties away from zero on both sides", () => {
  assertEquals([-127.5, -0.5, 0.5, 127.5, 2.4, -2.6].map(roundHalfAway), [-128, -1, 1, 128, 2, -3]);
  assertEquals(roundHalfAway(0.49999999999999994), 0);
  assertEquals(roundHalfAway(2147483647.5), 2147483648);
});

Deno.test("computeEncoding() names what is wrong with its arguments", () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => computeEncoding({ min: 0, max: 1 }, { bitwidth: 1 }),
      "Cannot compute an encoding: bit width 1, expected an integer from 2 to 32",
    ],
    [
      () => computeEncoding({ min: 0, max: 1 }, { bitwidth: 8.5 }),
      "Cannot compute an encoding: bit width 8.5, expected an integer from 2 to 32",
    ],
    [
      () => computeEncoding({ min: 0, max: 1 }, { minimumRange: -1 }),
      "Cannot compute an encoding: minimum range -1, expected a finite number >= 0",
    ],
    [
      () => computeEncoding({ min: NaN, max: 1 }),
      "Cannot compute an encoding: range [NaN, 1], expected min <= max",
    ],
    [
      () => computeEncoding({ min: 2, max: 1 }),
      "Cannot compute an encoding: range [2, 1], expected min <= max",
    ],
    [
      () => computeEncoding({ min: 0, max: 0 }, { minimumRange: 0 }),
      "Cannot compute an encoding: the range [0, 0] has no width",
    ],
    [
      () => computeBiasEncoding32({ min: 0, max: Infinity }),
      "Cannot compute a 32-bit encoding: largest magnitude Infinity, expected a finite number > 0",
    ],
    [() => encodeNumber(NaN, computeEncoding({ min: 0, max: 1 })), "Cannot encode NaN"],
  ];
  for (const [action, message] of cases) {
    assertEquals(assertThrows(action, RangeError).message, message);
  }
});
