import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { type Attribute, UnsupportedError } from "dlcstream";
import { type Dense, floats, runBehindDlc } from "./_run_behind_dlc.ts";

type Ramp = readonly [step: number, modulus: number, factor: number];

function ramp(shape: readonly number[], [step, modulus, factor]: Ramp): readonly number[] {
  const count = shape.reduce((product, size) => product * size, 1);
  return Array.from({ length: count }, (_, i) => factor * ((i * step % modulus) / modulus - 0.5));
}

function constant(shape: readonly number[], ...numbers: Ramp): Dense {
  return floats(shape, ...ramp(shape, numbers));
}

/** A sequence of 3 steps, 2 batches and 2 features. */
const SEQUENCE = { shape: [3, 2, 2], data: ramp([3, 2, 2], [5, 12, 4]) };

/** Weights, recurrence and bias for a state of 2. */
function weightsOf(directions: number, gates: number) {
  return {
    w: constant([directions, gates * 2, 2], 7, 17, 2),
    r: constant([directions, gates * 2, 2], 5, 19, 2),
    b: constant([directions, gates * 4], 3, 11, 1),
  };
}

/** The state before the first step. */
function startOf(directions: number, step: number): Dense {
  return constant([directions, 2, 2], step, 8, 1);
}

interface Case {
  readonly operator: string;
  readonly attributes?: Readonly<Record<string, string | number | readonly string[]>>;
  /** In the order of the inputs; absent ones are left out. */
  readonly constants: Readonly<
    Partial<Record<"w" | "r" | "b" | "lengths" | "h" | "c" | "p", Dense>>
  >;
}

function toAttribute(value: string | number | readonly string[]): Attribute {
  if (typeof value === "string") return { type: "string", value };
  if (typeof value !== "number") return { type: "strings", value };
  return Number.isInteger(value) ? { type: "int", value } : { type: "float", value };
}

/** What a layer makes of the sequence: all outputs, then the last of the state. */
async function run({ operator, attributes = {}, constants }: Case, sequence = SEQUENCE) {
  const names = ["w", "r", "b", "lengths", "h", "c", "p"].slice(0, operator === "LSTM" ? 7 : 5);
  const inputs = ["x", ...names.map((name) => name in constants ? name : "")];
  while (inputs.at(-1) === "") inputs.pop();
  const outputs = operator === "LSTM" ? ["y", "yh", "yc"] : ["y", "yh"];
  const found = await runBehindDlc({
    node: {
      operator,
      inputs,
      outputs,
      attributes: Object.fromEntries(
        Object.entries({ hidden_size: 2, ...attributes })
          .map(([name, value]) => [name, toAttribute(value)]),
      ),
    },
    inputs: { x: sequence },
    constants: Object.fromEntries(
      Object.entries(constants).flatMap(([name, dense]) => dense ? [[name, dense]] : []),
    ),
  });
  return outputs.map((name) => found[name]?.data ?? []);
}

function assertClose(found: readonly number[], expected: readonly number[]): void {
  assertEquals(found.length, expected.length);
  for (const [i, value] of expected.entries()) assertAlmostEquals(found[i] ?? NaN, value, 2e-6);
}

// What ONNX Runtime gives for the nodes themselves.
const CASES: readonly (Case & { what: string; expected: readonly (readonly number[])[] })[] = [
  {
    what: "both directions of an LSTM with states and peepholes",
    operator: "LSTM",
    attributes: { direction: "bidirectional" },
    constants: {
      ...weightsOf(2, 4),
      h: startOf(2, 3),
      c: startOf(2, 5),
      p: constant([2, 6], 5, 13, 1),
    },
    expected: [
      [
        ...[-0.403206, -0.019694, 0.067132, 0.107222, -0.424987, -0.113452, -0.184059, 0.003565],
        ...[0.183641, 0.078278, 0.004133, 0.15586, -0.249269, -0.078435, 0.035155, 0.13912],
        ...[-0.020962, 0.171779, -0.135634, 0.008159, 0.018331, -0.000246, -0.068033, -0.025328],
      ],
      [-0.020962, 0.171779, -0.135634, 0.008159, -0.424987, -0.113452, -0.184059, 0.003565],
      [-0.079271, 0.271535, -0.398108, 0.01449, -0.600654, -0.146634, -0.645202, 0.022645],
    ],
  },
  {
    what: "an LSTM backward, with a clip and other activations",
    operator: "LSTM",
    attributes: { direction: "reverse", clip: 0.3, activations: ["Sigmoid", "Relu", "Softsign"] },
    constants: { ...weightsOf(1, 4), c: startOf(1, 5) },
    expected: [
      [
        ...[0.004531, 0.045232, 0.052007, 0.076673, 0.010502, 0.071778, -0.026376, 0.057606],
        ...[-0.086802, 0.038485, -0.04833, 0.095319],
      ],
      [0.004531, 0.045232, 0.052007, 0.076673],
      [0.009418, 0.116549, 0.099548, 0.219765],
    ],
  },
  {
    what: "an LSTM whose forget gate is the rest of the input gate",
    operator: "LSTM",
    attributes: { input_forget: 1 },
    constants: weightsOf(1, 4),
    expected: [
      [
        ...[-0.282606, -0.057324, 0.095845, 0.152629, -0.163926, 0.090195, 0.013318, 0.228094],
        ...[-0.079875, 0.176441, -0.13633, 0.051383],
      ],
      [-0.079875, 0.176441, -0.13633, 0.051383],
      [-0.244227, 0.274517, -0.380619, 0.089319],
    ],
  },
  {
    what: "both directions of a GRU with states",
    operator: "GRU",
    attributes: { direction: "bidirectional" },
    constants: { ...weightsOf(2, 3), h: startOf(2, 3) },
    expected: [
      [
        ...[-0.394471, 0.440828, -0.663327, -0.489993, 0.250778, 0.716374, -0.183029, -0.324325],
        ...[-0.604709, 0.247889, -0.092096, -0.647948, -0.196632, 0.121783, -0.048316, -0.127078],
        ...[-0.205562, 0.107168, 0.044763, -0.053313, 0.014704, 0.283803, 0.089328, 0.592115],
      ],
      [-0.205562, 0.107168, 0.044763, -0.053313, 0.250778, 0.716374, -0.183029, -0.324325],
    ],
  },
  {
    what: "a GRU that resets behind the product",
    operator: "GRU",
    attributes: { linear_before_reset: 1 },
    constants: weightsOf(1, 3),
    expected: [
      [
        ...[0.053466, 0.57664, -0.685017, -0.151798, -0.63495, 0.409047, -0.14632, -0.453749],
        ...[-0.251921, 0.251508, -0.024733, 0.172019],
      ],
      [-0.251921, 0.251508, -0.024733, 0.172019],
    ],
  },
  {
    what: "a GRU with a clip",
    operator: "GRU",
    attributes: { linear_before_reset: 1, clip: 0.4 },
    constants: { ...weightsOf(1, 3), h: startOf(1, 3) },
    expected: [
      [
        ...[-0.146866, 0.177307, -0.127143, -0.376986, -0.28641, -0.046327, 0.170577, -0.37876],
        ...[-0.018992, 0.020805, 0.238659, 0.07547],
      ],
      [-0.018992, 0.020805, 0.238659, 0.07547],
    ],
  },
  {
    what: "an RNN backward",
    operator: "RNN",
    attributes: { direction: "reverse", activations: ["Relu"] },
    constants: { ...weightsOf(1, 1), h: startOf(1, 3) },
    expected: [
      [0.924094, 0, 0, 1.483066, 0, 1.435943, 0, 0, 0.594861, 0, 0.747596, 0],
      [0.924094, 0, 0, 1.483066],
    ],
  },
];

for (const { what, expected, ...one } of CASES) {
  Deno.test(`modelToDlc() unrolls ${what}`, async () => {
    const found = await run(one);
    for (const [i, list] of expected.entries()) assertClose(found[i] ?? [], list);
  });
}

/** Exchanges the first two axes, each of the given length. */
function exchange(data: readonly number[], [first, second]: readonly [number, number]): number[] {
  const size = data.length / (first * second);
  return Array.from({ length: second }, (_, j) =>
    Array.from(
      { length: first },
      (_, i) => data.slice((i * second + j) * size, (i * second + j + 1) * size),
    ).flat()).flat();
}

Deno.test("modelToDlc() unrolls layers whose batches come first", async () => {
  const constants = { ...weightsOf(2, 3), h: startOf(2, 3) };
  const attributes = { direction: "bidirectional" };
  const [all = [], last = []] = await run({ operator: "GRU", attributes, constants });
  const start = floats([2, 2, 2], ...exchange(ramp([2, 2, 2], [3, 8, 1]), [2, 2]));
  const [turnedAll, turnedLast] = await run(
    {
      operator: "GRU",
      attributes: { ...attributes, layout: 1 },
      constants: { ...constants, h: start },
    },
    { shape: [2, 3, 2], data: exchange(SEQUENCE.data, [3, 2]) },
  );
  // [time, directions, batch, hidden] became [batch, time, directions, hidden].
  assertEquals(turnedAll, exchange(all, [6, 2]));
  assertEquals(turnedLast, exchange(last, [2, 2]));
});

const REFUSED: readonly (readonly [string, Partial<Case>, string])[] = [
  [
    "sequences of several lengths",
    {
      constants: {
        ...weightsOf(1, 3),
        lengths: { dtype: "int32", shape: [2], data: Int32Array.of(3, 2) },
      },
    },
    "a sequence has 2 of 3 steps; whole sequences would work",
  ],
  [
    "activations with numbers",
    { attributes: { activations: ["Affine", "Tanh"] } },
    'an activation is "Affine"; Relu, Sigmoid, Softplus, Softsign, Tanh would work',
  ],
];

for (const [what, changes, reason] of REFUSED) {
  Deno.test(`modelToDlc() refuses recurrent layers: ${what}`, async () => {
    const work = () => run({ operator: "GRU", constants: weightsOf(1, 3), ...changes });
    const { message } = await assertRejects(work, UnsupportedError);
    assertEquals(message, `Cannot convert node "node" (GRU): ${reason}`);
  });
}

Deno.test("modelToDlc() refuses sequences of too many steps", async () => {
  const work = () =>
    run({ operator: "GRU", constants: weightsOf(1, 3) }, {
      shape: [1025, 1, 2],
      data: Array<number>(2050).fill(0),
    });
  const { message } = await assertRejects(work, UnsupportedError);
  assertEquals(
    message,
    'Cannot convert node "node" (GRU): it takes 1025 steps; 1024 would work',
  );
});
