import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { type Attribute, UnsupportedError } from "dlcstream";
import { type Dense, floats, integers, runBehindDlc } from "./_run_behind_dlc.ts";

interface Case {
  readonly what: string;
  readonly shape: readonly number[];
  readonly attributes: Readonly<Record<string, string | number | readonly number[]>>;
  readonly region?: readonly number[];
  readonly scales?: readonly number[];
  readonly sizes?: readonly number[];
  readonly expected: readonly number[];
}

const DATA = [1, 2, 4, 8, 16, 32];

function toAttribute(value: string | number | readonly number[]): Attribute {
  if (typeof value === "string") return { type: "string", value };
  if (typeof value !== "number") return { type: "ints", value };
  return Number.isInteger(value) ? { type: "int", value } : { type: "float", value };
}

/** Resizes {@linkcode DATA}. */
async function resize({ shape, attributes, region, scales, sizes }: Omit<Case, "expected">) {
  const constants: Record<string, Dense> = {};
  if (region !== undefined) constants.roi = floats([region.length], ...region);
  if (scales !== undefined) constants.scales = floats([scales.length], ...scales);
  if (sizes !== undefined) constants.sizes = integers(...sizes);
  const { extrapolation_value, ...others } = attributes;
  const { y } = await runBehindDlc({
    node: {
      operator: "Resize",
      inputs: ["x", ...["roi", "scales", "sizes"].map((name) => name in constants ? name : "")],
      outputs: ["y"],
      attributes: {
        ...Object.fromEntries(
          Object.entries(others).map(([name, value]) => [name, toAttribute(value)]),
        ),
        ...(typeof extrapolation_value === "number" &&
          { extrapolation_value: { type: "float", value: extrapolation_value } }),
      },
    },
    inputs: { x: { shape, data: DATA } },
    constants,
  });
  return y?.data ?? [];
}

// What the reference implementation of the ONNX project (onnx 1.19, ReferenceEvaluator) gives.
const CASES: readonly Case[] = [
  {
    what: "smooths before it shrinks",
    shape: [1, 1, 1, 6],
    scales: [1, 1, 1, 0.6],
    attributes: { mode: "linear", antialias: 1 },
    expected: [1.375, 4.444444, 14.999998],
  },
  {
    what: "takes scales that lead to no whole size, of a line",
    shape: [1, 1, 6],
    scales: [1, 1, 0.7],
    attributes: { mode: "linear" },
    expected: [1.214286, 3.285714, 8.571429, 24.000002],
  },
  {
    what: "resizes an axis in the middle by cubic weights",
    shape: [1, 6, 1],
    sizes: [1, 4, 1],
    attributes: { mode: "cubic" },
    expected: [1.15625, 3.160156, 9.671875, 28.65625],
  },
  {
    what: "keeps the ratio of the axes",
    shape: [1, 1, 2, 3],
    sizes: [3, 4],
    attributes: { mode: "linear", axes: [2, 3], keep_aspect_ratio_policy: "not_smaller" },
    expected: [
      ...[1, 1.5, 2.333333, 3.666667, 4],
      ...[4.5, 6.75, 10.5, 16.5, 18],
      ...[8, 12, 18.666666, 29.333334, 32],
    ],
  },
  {
    what: "gives its value to what lies outside of a region",
    shape: [1, 1, 2, 3],
    sizes: [1, 1, 3, 3],
    region: [0, 0, 0, 0.5, 1, 1, 1, 1.5],
    attributes: {
      mode: "nearest",
      coordinate_transformation_mode: "tf_crop_and_resize",
      extrapolation_value: 7,
    },
    expected: [2, 4, 7, 2, 4, 7, 16, 32, 7],
  },
  {
    what: "takes the middle of a region where one row is left",
    shape: [1, 1, 2, 3],
    sizes: [1, 1, 1, 2],
    region: [0, 0, 0, 0.25, 1, 1, 1, 0.75],
    attributes: { mode: "linear", coordinate_transformation_mode: "tf_crop_and_resize" },
    expected: [6.75, 13.5],
  },
];

for (const { what, expected, ...one } of CASES) {
  Deno.test(`normalizeResize() ${what}`, async () => {
    const found = await resize({ what, ...one });
    assertEquals(found.length, expected.length);
    for (const [i, value] of expected.entries()) {
      assertAlmostEquals(found[i] ?? NaN, value, 2e-6 * Math.abs(value));
    }
  });
}

Deno.test("normalizeResize() refuses matrices that are too large", async () => {
  const error = await assertRejects(
    () =>
      resize({
        what: "",
        shape: [1, 1, 1, 6],
        scales: [1, 1, 1, 1e6],
        attributes: { coordinate_transformation_mode: "half_pixel_symmetric" },
      }),
    UnsupportedError,
  );
  assertEquals(
    error.message,
    'Cannot convert node "node" (Resize): it would take a matrix of 36000000 elements; 4194304 ' +
      "would work",
  );
});
