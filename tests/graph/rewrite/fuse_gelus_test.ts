import { assertEquals, assertStrictEquals } from "@std/assert";
import { fuseGelus, type Model, type Node } from "../../../src/graph/mod.ts";
import type { Encoding } from "../../../src/tensor/mod.ts";
import { build, floats, input, listNodes, node, scalar } from "../graph_builder.ts";

const CONSTANTS = {
  half: scalar(0.5),
  two: floats([1], [2]),
  one: floats([1], [1]),
  root: scalar(Math.SQRT2),
  inverse: floats([1], [Math.SQRT1_2]),
  negative: scalar(-Math.SQRT1_2),
  third: scalar(1 / 3),
};

function model(nodes: readonly Node[], outputNames = ["y"]): Promise<Model> {
  return build({ inputs: [input("x", 1, 4)], constants: CONSTANTS, nodes, outputNames });
}

const PYTORCH = [
  node("Div", ["x", "root"], "u"),
  node("Erf", ["u"], "e"),
  node("Add", ["e", "one"], "g"),
  node("Mul", ["x", "g"], "p"),
  node("Mul", ["p", "half"], "y"),
];

const KERAS = [
  node("Mul", ["half", "x"], "h"),
  node("Neg", ["x"], "n"),
  node("Mul", ["n", "inverse"], "u"),
  node("Erf", ["u"], "e"),
  node("Sub", ["one", "e"], "g"),
  node("Mul", ["h", "g"], "y"),
];

const FUSED: Readonly<Record<string, readonly Node[]>> = {
  "as PyTorch exports it": PYTORCH,
  "as Keras exports it": KERAS,
  "by the half of the sum": [
    node("Mul", ["x", "inverse"], "u"),
    node("Erf", ["u"], "e"),
    node("Add", ["one", "e"], "g"),
    node("Div", ["g", "two"], "h"),
    node("Mul", ["h", "x"], "y"),
  ],
  "by a negative factor": [
    node("Mul", ["negative", "x"], "u"),
    node("Erf", ["u"], "e"),
    node("Sub", ["one", "e"], "g"),
    node("Mul", ["g", "x"], "p"),
    node("Div", ["p", "two"], "y"),
  ],
};

for (const [what, nodes] of Object.entries(FUSED)) {
  Deno.test(`fuseGelus() knows the formula ${what}`, async () => {
    const fused = await fuseGelus(await model(nodes));
    assertEquals(listNodes(fused), ["Gelu(x)->y"]);
    assertEquals([...fused.initializers.keys()], []);
  });
}

const OTHER: Readonly<Record<string, readonly Node[]>> = {
  "another factor": PYTORCH.map((one) =>
    one.name === "node_y" ? node("Mul", ["p", "third"], "y") : one
  ),
  "another argument": PYTORCH.map((one) =>
    one.name === "node_u" ? node("Mul", ["x", "half"], "u") : one
  ),
  "another sign": KERAS.map((one) => one.name === "node_g" ? node("Add", ["one", "e"], "g") : one),
  "another value": PYTORCH.map((one) => one.name === "node_p" ? node("Mul", ["u", "g"], "p") : one),
  "a divisor that flows": PYTORCH.map((one) =>
    one.name === "node_p" ? node("Div", ["x", "g"], "p") : one
  ),
};

for (const [what, nodes] of Object.entries(OTHER)) {
  Deno.test(`fuseGelus() leaves a formula with ${what}`, async () => {
    const before = await model(nodes);
    assertStrictEquals(await fuseGelus(before), before);
  });
}

Deno.test("fuseGelus() leaves a formula whose parts are needed elsewhere", async () => {
  const nodes = [...PYTORCH, node("Neg", ["e"], "z")];
  const read = await model(nodes, ["y", "z"]);
  assertStrictEquals(await fuseGelus(read), read);
  const output = await model(PYTORCH, ["y", "g"]);
  assertStrictEquals(await fuseGelus(output), output);
});

Deno.test("fuseGelus() leaves a formula whose parts have encodings", async () => {
  const grid: Encoding = { bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false };
  const activations = new Map([["e", { encodings: [grid] }]]);
  const float = await model(PYTORCH);
  for (const name of ["encodings", "overrides"] as const) {
    const quantized = { ...float, [name]: { activations, parameters: new Map() } };
    assertStrictEquals(await fuseGelus(quantized), quantized);
  }
});
