import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { fuseCeilings } from "../../src/execute/fuse_ceilings.ts";
import { runModel } from "../../src/execute/mod.ts";
import type { Model, Node } from "../../src/graph/mod.ts";
import type { DenseTensor } from "../../src/tensor/mod.ts";
import { int, ints, node, noise, samplesOf, smallModel, tensor, value } from "./_small_model.ts";

const CEILINGS = [3, 0.5, 0.01, 2, 1, 0, 3, 2.5];

const CONSTANTS: Readonly<Record<string, DenseTensor>> = {
  w: noise([8, 3, 3, 3], 1),
  b: noise([8], 2),
  d: noise([8, 1, 3, 3], 3),
  zero: tensor([], [0]),
  one: tensor([], [1]),
  upper: tensor([], [3]),
  ceilings: tensor([8, 1, 1], CEILINGS),
  higher: tensor([8, 1, 1], CEILINGS.with(0, 3.5)),
  below: tensor([8, 1, 1], CEILINGS.with(0, -1)),
  scalar: tensor([], [1]),
};

const PADDED = { pads: ints([1, 1, 1, 1]) };

const NODES: readonly Node[] = [
  node("Conv x,w,b -> c", PADDED),
  node("Clip c,zero,upper -> l"),
  node("Min l,ceilings -> m"),
  node("Conv m,d -> y", { ...PADDED, group: int(8) }),
];

function fuse(nodes: readonly Node[], ...kept: readonly string[]) {
  const fused = fuseCeilings(nodes, {
    constantOf: (name) => CONSTANTS[name],
    isKept: (value) => kept.includes(value),
  });
  return { ...fused, operators: fused.nodes.map(({ operator }) => operator).join(" ") };
}

async function run(model: Model, engine: "native" | "wasm", x: DenseTensor, values: string[]) {
  for await (const { outputs } of runModel(model, samplesOf(x), { engine, values })) return outputs;
  throw new Error("no output");
}

Deno.test("fuseCeilings() computes what Clip and Min compute, whoever reads them", async () => {
  const image = [1, 8, 9, 7];
  const model = smallModel({
    inputs: [value("x", [1, 3, 9, 7])],
    nodes: NODES,
    values: ["c", "l", "m", "y"].map((name) => value(name, image)),
    initializers: CONSTANTS,
  });
  const { data } = noise([1, 3, 9, 7], 4);
  const x = tensor([1, 3, 9, 7], Float32Array.from(data as Float32Array, (number) => 3 * number));
  const plain = await run(model, "wasm", x, ["c", "l", "m", "y"]);
  // Each channel is cut at both ends.
  const numbers = Array.from(plain.get("m")?.data ?? [], Number);
  for (const [channel, ceiling] of CEILINGS.entries()) {
    const part = numbers.slice(63 * channel, 63 * (channel + 1));
    assertEquals([Math.min(...part), Math.max(...part)], [0, Math.fround(ceiling)]);
  }
  for (const values of [["y"], ["m"], ["l", "y"], ["c", "m", "y"]]) {
    const found = await run(model, "native", x, values);
    for (const name of values) {
      const expected = plain.get(name)?.data ?? [];
      for (const [i, number] of (found.get(name)?.data ?? []).entries()) {
        assertAlmostEquals(Number(number), Number(expected[i]), 5e-6, `${name} ${i}`);
      }
    }
  }
});

Deno.test("fuseCeilings() puts a convolution in the place of Clip and Min", () => {
  const { nodes, operators, initializers } = fuse(NODES, "y");
  assertEquals(operators, "Conv Mul Add Relu Conv Relu Conv");
  assertEquals(nodes.at(-2)?.outputs, ["m"]);
  assertEquals(nodes[4]?.attributes, { group: { type: "int", value: 8 } });
  const made = new Set(["x", ...Object.keys(CONSTANTS), ...initializers.keys()]);
  for (const { inputs, outputs } of nodes) {
    assert(inputs.every((input) => made.has(input)));
    for (const output of outputs) made.add(output);
  }
  assertEquals(fuse(NODES, "m", "y").operators, operators);
});

Deno.test("fuseCeilings() leaves alone what somebody else reads, and what is no ceiling", () => {
  const changed = (index: number, ...texts: readonly string[]) =>
    fuse(NODES.toSpliced(index, 1, ...texts.map((text) => node(text)))).operators;
  const operators = "Conv Clip Min Conv";
  assertEquals(fuse(NODES, "l").operators, operators);
  assertEquals(fuse(NODES, "c").operators, operators);
  assertEquals(changed(3, "Add m,l -> y"), "Conv Clip Min Add");
  assertEquals(changed(3, "Add m,c -> y"), "Conv Clip Min Add");
  assertEquals(changed(0, "ConvTranspose x,w,b -> c"), "ConvTranspose Clip Min Conv");
  assertEquals(changed(1, "Clip c,one,upper -> l"), operators);
  assertEquals(changed(1, "Clip c,zero -> l"), operators);
  assertEquals(changed(1, "Clip c -> l"), operators);
  for (const min of ["l,higher", "l,below", "l,scalar", "l,x", "l,ceilings,x", "ceilings,l"]) {
    assertEquals(changed(2, `Min ${min} -> m`), operators, min);
  }
});
