import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { type Attribute, UnsupportedError } from "dlcstream";
import { type Dense, floats, integers, runBehindDlc } from "./_run_behind_dlc.ts";

const IMAGE = { shape: [1, 1, 3, 4], data: [3, -1, 4, 1, -5, 9, 2, 6, 5, 3, 5, 8] };

/** Pools a region across the border and one beyond it to 2 x 2. */
async function align(
  attributes: Readonly<Record<string, string | number>>,
  constants: Readonly<Record<string, Dense>> = {
    regions: floats([2, 4], -1, 0, 2.5, 2, 0.5, 1, 3, 6),
    images: integers(0, 0),
  },
) {
  const toAttribute = (value: string | number): Attribute =>
    typeof value === "string"
      ? { type: "string", value }
      : Number.isInteger(value)
      ? { type: "int", value }
      : { type: "float", value };
  const { y } = await runBehindDlc({
    node: {
      operator: "RoiAlign",
      inputs: ["x", "regions", "images"],
      outputs: ["y"],
      attributes: Object.fromEntries(
        Object.entries({ output_height: 2, output_width: 2, ...attributes })
          .map(([name, value]) => [name, toAttribute(value)]),
      ),
    },
    inputs: {
      x: IMAGE,
      ...("regions" in constants ? {} : { regions: { shape: [1, 4], data: [0, 0, 1, 1] } }),
    },
    constants,
  });
  return y?.data ?? [];
}

const HALF = { coordinate_transformation_mode: "half_pixel" };
const OUTPUT_HALF = {
  coordinate_transformation_mode: "output_half_pixel",
  sampling_ratio: 2,
  spatial_scale: 0.5,
};

// What ONNX Runtime gives for the nodes themselves.
const CASES = [
  ["means", { mode: "avg", ...HALF }, [1.5, 1.03125, -2.5, 4.84375, 3.659722, 4.417535, 0, 0]],
  [
    "means of scaled regions",
    { mode: "avg", ...OUTPUT_HALF },
    [1.039062, 1.429688, -2.257812, 4.507812, 2.894531, 6.017578, 3.875, 3.375],
  ],
  ["maxima", { mode: "max", ...HALF }, [3, 2.25, 0, 6.1875, 7.734375, 4.0625, 0, 0]],
  [
    "maxima of scaled regions",
    { mode: "max", ...OUTPUT_HALF },
    [2.625, 3.269531, 1.230469, 7.628906, 5.255859, 7.083984, 2.96875, 2.90625],
  ],
] as const;

for (const [what, attributes, expected] of CASES) {
  Deno.test(`normalizeRoiAlign() takes ${what}`, async () => {
    const found = await align(attributes);
    assertEquals(found.length, expected.length);
    for (const [i, value] of expected.entries()) assertAlmostEquals(found[i] ?? NaN, value, 2e-6);
  });
}

Deno.test("normalizeRoiAlign() refuses what it cannot make constant", async () => {
  const refuse = async (constants: Readonly<Record<string, Dense>>): Promise<string> =>
    (await assertRejects(() => align(HALF, constants), UnsupportedError)).message;
  assertEquals(
    await refuse({ images: integers(0) }),
    'Cannot convert node "node" (RoiAlign): input 1 ("regions") is computed by the network; a ' +
      "constant would work",
  );
  assertEquals(
    await refuse({ regions: floats([1, 4], 0, 0, 1, 1), images: integers(3) }),
    'Cannot convert node "node" (RoiAlign): a region is of image 3; 0 to 0 would work',
  );
  assertEquals(
    await refuse({ regions: floats([1, 4], 0, 0, 1e9, 1), images: integers(0) }),
    'Cannot convert node "node" (RoiAlign): it would take a matrix of 1000000000 elements; 4194304 ' +
      "would work",
  );
});
