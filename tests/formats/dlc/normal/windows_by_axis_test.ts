import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { type Attribute, UnsupportedError } from "dlcstream";
import { type Dense, type Floats, floats, runBehindDlc } from "./_run_behind_dlc.ts";

interface Case {
  readonly what: string;
  readonly operator: string;
  readonly data: Floats;
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
  readonly constants?: Readonly<Record<string, Dense>>;
  readonly expected: readonly number[];
}

async function run({ operator, data, attributes, constants = {} }: Omit<Case, "expected">) {
  const { y } = await runBehindDlc({
    node: {
      operator,
      inputs: ["x", ...Object.keys(constants)],
      outputs: ["y"],
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]): [string, Attribute] => [
          name,
          typeof value === "number" ? { type: "int", value } : { type: "ints", value },
        ]),
      ),
    },
    inputs: { x: data },
    constants,
  });
  return y?.data ?? [];
}

const LINE: Floats = { shape: [1, 1, 6], data: [1, 4, 9, 16, 25, 36] };
const VOLUME: Floats = {
  shape: [1, 2, 3, 2, 2],
  data: Array.from({ length: 24 }, (_, i) => i % 5),
};

function weights(shape: readonly number[]): Dense {
  const count = shape.reduce((product, size) => product * size, 1);
  return floats(shape, ...Array.from({ length: count }, (_, i) => i % 7 - 3));
}

// What ONNX Runtime gives for the nodes themselves.
const CASES: readonly Case[] = [
  {
    what: "AveragePool with dilations counts what is inside",
    operator: "AveragePool",
    data: LINE,
    attributes: { kernel_shape: [3], dilations: [2], pads: [2, 1], strides: [2] },
    expected: [5, 11.666667, 17],
  },
  {
    what: "AveragePool with dilations counts padding where it is asked to",
    operator: "AveragePool",
    data: LINE,
    attributes: {
      kernel_shape: [3],
      dilations: [2],
      pads: [2, 1],
      strides: [2],
      count_include_pad: 1,
    },
    expected: [3.333333, 11.666667, 11.333333],
  },
  {
    what: "MaxPool with dilations leaves padding out",
    operator: "MaxPool",
    data: { ...LINE, data: LINE.data.toReversed() },
    attributes: { kernel_shape: [2], dilations: [3], pads: [1, 1] },
    expected: [16, 36, 25, 16, 9],
  },
  {
    what: "AveragePool of a volume",
    operator: "AveragePool",
    data: VOLUME,
    attributes: { kernel_shape: [2, 2, 1], pads: [1, 0, 0, 0, 0, 0], strides: [2, 1, 1] },
    expected: [1, 2, 2, 1.75, 3, 1.5, 1.5, 2.5],
  },
  {
    what: "GlobalMaxPool of a volume",
    operator: "GlobalMaxPool",
    data: VOLUME,
    attributes: {},
    expected: [4, 4],
  },
  {
    what: "GlobalAveragePool of a volume",
    operator: "GlobalAveragePool",
    data: VOLUME,
    attributes: {},
    expected: [1.75, 2.083333],
  },
  {
    what: "Conv of a volume in groups",
    operator: "Conv",
    data: VOLUME,
    attributes: {
      group: 2,
      strides: [2, 1, 1],
      pads: [1, 0, 0, 1, 0, 0],
      dilations: [2, 1, 1],
    },
    constants: { w: weights([4, 1, 2, 2, 1]), b: floats([4], 1, 2, 3, 4) },
    expected: [-3, 1, -13, -3, 11, -4, 8, 6, 6, 7, -2, -5, -5, -10, 15, 20],
  },
  {
    what: "ConvTranspose of a volume in groups",
    operator: "ConvTranspose",
    data: VOLUME,
    attributes: {
      group: 2,
      strides: [2, 1, 1],
      pads: [1, 0, 0, 0, 0, 0],
      output_padding: [1, 0, 0],
    },
    constants: { w: weights([2, 1, 2, 2, 1]), b: floats([2], 1, 2) },
    expected: [
      ...[1, 0, -1, -2, 1, 1, -11, 1, -10, -5, -1, -3, -3, 1, 0, -1, 1, 1],
      ...[-8, -11, -5, -10, 1, -1, -2, -3, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1],
      ...[8, 11, 8, -7, -10, 2, 3, 4, 7, 10, 8, 10, 5, 8, 8, 8, -7, -10],
      ...[2, 3, 4, 7, 6, 8, 2, 5, 8, 8, -4, -7, 2, 2, 2, 2, 2, 2],
    ],
  },
];

for (const { what, expected, ...one } of CASES) {
  Deno.test(`modelToDlc() says ${what}`, async () => {
    const found = await run({ what, ...one });
    assertEquals(found.length, expected.length);
    for (const [i, value] of expected.entries()) assertAlmostEquals(found[i] ?? NaN, value, 1e-5);
  });
}

Deno.test("modelToDlc() refuses weights of volumes that the network computes", async () => {
  const work = () =>
    runBehindDlc({
      node: { operator: "Conv", inputs: ["x", "w"], outputs: ["y"], attributes: {} },
      inputs: { x: VOLUME, w: { shape: [1, 2, 1, 1, 1], data: [1, 1] } },
    });
  const error = await assertRejects(work, UnsupportedError);
  assertEquals(
    error.message,
    'Cannot convert node "node" (Conv): input 1 ("w") is computed by the network; a constant would work',
  );
});

Deno.test("modelToDlc() refuses windows of a MaxPool that hold nothing", async () => {
  const error = await assertRejects(
    () =>
      run({
        what: "",
        operator: "MaxPool",
        data: { shape: [1, 1, 1], data: [1] },
        attributes: { kernel_shape: [2], dilations: [2], pads: [1, 1] },
      }),
    UnsupportedError,
  );
  assertEquals(
    error.message,
    'Cannot convert node "node" (MaxPool): a window along axis 2 holds nothing but padding; less ' +
      "padding would work",
  );
});
