import { assertEquals, assertLess } from "@std/assert";
import {
  RANGE_METHODS,
  type RangeMethod,
  type RangeMethodName,
} from "../../../src/quantize/mod.ts";
import { cubes } from "./_cubes.ts";

/** What AIMET's compiled code gives: name, bits, schema, minimum, maximum, step, offset. */
type Row = readonly [
  RangeMethodName,
  number,
  "asymmetric" | "symmetric" | "strict-symmetric" | "unsigned-symmetric",
  number,
  number,
  number,
  number,
];

/** After update(b1), update(b2). */
const TWO_BATCHES: readonly Row[] = [
  ["enhanced", 8, "asymmetric", -6.21682405, 9.02635002, 0.0597771555, -104],
  ["enhanced", 8, "symmetric", -9.15074921, 9.07925892, 0.0714902282, -128],
  ["enhanced", 8, "strict-symmetric", -9.11500454, 9.11500454, 0.0717716888, -127],
  ["enhanced", 4, "asymmetric", -5.00836229, 5.72384262, 0.715480328, -7],
  ["enhanced", 16, "asymmetric", -6.58577204, 9.02470875, 0.000238200664, -27648],
  ["tf", 8, "asymmetric", -6.5555442, 9.0674817, 0.0612667682, -107],
  ["tf", 8, "symmetric", -9.12436562, 9.05308151, 0.0712841064, -128],
  ["tf", 8, "strict-symmetric", -9.05308151, 9.05308151, 0.0712841064, -127],
  ["tf", 4, "asymmetric", -6.24921036, 9.37381554, 1.04153506, -6],
  ["tf", 16, "asymmetric", -6.56984772, 9.05317817, 0.000238392094, -27559],
  ["aimet-percentile", 8, "asymmetric", -5.13341868, 5.95998609, 0.0435035481, -118],
  ["aimet-percentile", 8, "symmetric", -6.01609406, 5.96909332, 0.0470007348, -128],
  ["aimet-percentile", 4, "asymmetric", -5.17692223, 5.91648254, 0.739560318, -7],
  ["aimet-percentile", 16, "asymmetric", -5.12427785, 5.96912692, 0.000169274506, -30272],
  ["aimet-mse", 8, "asymmetric", -6.16135496, 8.3862887, 0.057049583, -108],
  ["aimet-mse", 8, "symmetric", -9.1627303, 9.09114647, 0.0715838305, -128],
  ["aimet-mse", 4, "asymmetric", -4.55693051, 5.20792058, 0.650990073, -7],
  ["aimet-mse", 16, "asymmetric", -6.58579019, 9.09107444, 0.000239213621, -27531],
  ["aimet-entropy", 8, "asymmetric", -4.81614231, 4.704139, 0.0373344365, -129],
  ["aimet-entropy", 8, "symmetric", -5.66708638, 5.62281227, 0.0442741124, -128],
];

const b1 = cubes(1);
const b2 = cubes(2).map((value) => value * 1.5);
const relu = b1.map((value) => Math.max(value, 0));
const zeros = new Float32Array(6000);

const ONE_BATCH: readonly (readonly [Float32Array, ...Row])[] = [
  [relu, "enhanced", 8, "asymmetric", 0, 5.31655502, 0.0208492354, 0],
  [relu, "enhanced", 8, "unsigned-symmetric", 0, 5.31655169, 5.31655169 / 255, 0],
  [relu, "tf", 8, "asymmetric", 0, 5.32695913, 0.0208900358, 0],
  [relu, "tf", 8, "symmetric", -5.36890369, 5.32695913, 0.0419445601, -128],
  [zeros.map(() => 4), "enhanced", 8, "asymmetric", 0, 4.00001955, 0.0156863518, 0],
  [zeros.map(() => -5), "enhanced", 8, "asymmetric", -4.99998045, 0, 0.0196077656, -255],
  [zeros, "enhanced", 8, "asymmetric", -1.00392157, 0.996078431, 0.00784313725, -128],
  [zeros, "tf", 8, "asymmetric", 0, 0.01, 0.01 / 255, 0],
  [zeros, "tf", 8, "symmetric", -0.0100787402, 0.01, 7.87401575e-5, -128],
];

/** Compares numbers that are printed with nine digits, as float32 are. */
function assertPrints(actual: number, expected: number, what: string): void {
  const difference = Math.abs(actual - expected);
  // Half a unit of the ninth digit, and the float32 that the compiled code keeps steps in.
  assertLess(
    difference,
    Math.max(Math.abs(expected) * 6e-9, 5e-13),
    `${what}: ${actual}, expected ${expected}`,
  );
}

function check(batches: readonly Float32Array[], row: Row): void {
  const [name, bitwidth, schema, min, max, scale, offset] = row;
  const method: RangeMethod = RANGE_METHODS[name];
  const observer = method.createObserver();
  for (const [sample, batch] of batches.entries()) {
    observer.observe(batch, { tensor: "x", sample });
  }
  const encoding = method.encode(observer, { bitwidth, schema, percentile: 99.9 });
  const what = `${name}, ${bitwidth} bits, ${schema}`;
  assertEquals(encoding.offset, offset, what);
  assertPrints(encoding.scale, scale, what);
  assertPrints(encoding.min, min, what);
  assertPrints(encoding.max, max, what);
}

Deno.test("RANGE_METHODS give AIMET's encodings", () => {
  for (const row of TWO_BATCHES) check([b1, b2], row);
  for (const [batch, ...row] of ONE_BATCH) check([batch], row);
  // deno-lint-ignore no-console
  console.log(`${TWO_BATCHES.length + ONE_BATCH.length} vectors of AIMET passed`);
});
