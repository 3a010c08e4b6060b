import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { type Attribute, encodeOnnx, openModel, saveDlc, UnsupportedError } from "dlcstream";
import { type Dense, floats, integers, runBehindDlc } from "./_run_behind_dlc.ts";

const DATA = [3, -1, 4, 1, -5, 9, 2, 6, 5, 3, 5, 8];

interface Case {
  readonly operator: string;
  readonly shape: readonly number[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly constants?: Readonly<Record<string, Dense>>;
  readonly expected: readonly number[];
}

function int(value: number): Attribute {
  return { type: "int", value };
}

// What ONNX Runtime gives for the nodes themselves.
const CASES: readonly Case[] = [
  {
    operator: "GroupNormalization",
    shape: [1, 4, 3],
    attributes: { num_groups: int(2), epsilon: { type: "float", value: 0.25 } },
    constants: { scale: floats([4], 1, 2, 3, 4), bias: floats([4], 0.5, 0, -0.5, 1) },
    expected: [
      ...[0.767261, -0.149063, 0.996342, -0.381802, -3.130775, 3.283495],
      ...[-4.720791, 1.237972, -0.251718, -2.641467, 1.331042, 7.289806],
    ],
  },
  {
    operator: "MeanVarianceNormalization",
    shape: [1, 2, 2, 3],
    expected: [
      ...[0.269032, -0.653363, 0.499631, -0.192166, -1.575758, 1.652624],
      ...[-1.452408, 0.59805, 0.085436, -0.939794, 0.085436, 1.62328],
    ],
  },
  {
    operator: "CumSum",
    shape: [3, 4],
    constants: { axis: { ...integers(0), shape: [] } },
    expected: [3, -1, 4, 1, -2, 8, 6, 7, 3, 11, 11, 15],
  },
  {
    operator: "CumSum",
    shape: [3, 4],
    attributes: { exclusive: int(1), reverse: int(1) },
    constants: { axis: { ...integers(-1), shape: [] } },
    expected: [4, 5, 1, 0, 17, 8, 6, 0, 16, 13, 8, 0],
  },
  {
    operator: "Trilu",
    shape: [3, 4],
    constants: { k: { ...integers(1), shape: [] } },
    expected: [0, -1, 4, 1, 0, 0, 2, 6, 0, 0, 0, 8],
  },
  {
    operator: "Trilu",
    shape: [3, 4],
    attributes: { upper: int(0) },
    constants: { k: { ...integers(-1), shape: [] } },
    expected: [0, 0, 0, 0, -5, 0, 0, 0, 5, 3, 0, 0],
  },
  {
    operator: "GlobalLpPool",
    shape: [1, 2, 2, 3],
    attributes: { p: int(3) },
    expected: [9.820118, 10.043148],
  },
];

for (const { operator, shape, attributes = {}, constants = {}, expected } of CASES) {
  const what = Object.keys(attributes).join(" and ");
  Deno.test(`modelToDlc() says ${operator}${what === "" ? "" : ` with ${what}`}`, async () => {
    const { y } = await runBehindDlc({
      node: { operator, inputs: ["x", ...Object.keys(constants)], outputs: ["y"], attributes },
      inputs: { x: { shape, data: DATA } },
      constants,
    });
    assertEquals(y?.data.length, expected.length);
    for (const [i, value] of expected.entries()) assertAlmostEquals(y?.data[i] ?? NaN, value, 3e-6);
  });
}

Deno.test("modelToDlc() refuses to compute with integers by floats", async () => {
  const value = (name: string) => ({ name, dtype: "int64", shape: [1, 3] }) as const;
  const bytes = encodeOnnx({
    name: "integers",
    nodes: [{
      name: "sum",
      operator: "CumSum",
      inputs: ["x", "a"],
      outputs: ["y"],
      attributes: {},
    }],
    inputs: [value("x")],
    outputs: [value("y")],
    initializers: new Map([["a", { ...integers(1), shape: [] }]]),
  });
  await using model = await openModel(bytes);
  const error = await assertRejects(() => saveDlc(model, "never.dlc"), UnsupportedError);
  assertEquals(
    error.message,
    'Cannot convert node "sum" (CumSum): it computes with int64; float32 would work',
  );
});
