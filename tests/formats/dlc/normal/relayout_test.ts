import fc from "fast-check";
import { assertEquals } from "@std/assert";
import type { Model, Node } from "../../../../src/graph/mod.ts";
import type { DenseTensor } from "../../../../src/tensor/mod.ts";
import { dlcToModel, modelToDlc, openDlc, writeDlc } from "../../../../src/formats/dlc/mod.ts";
import { toNormalForm } from "../../../../src/formats/dlc/normal/normal_form.ts";
import { relayout } from "../../../../src/formats/dlc/normal/relayout.ts";
import { openSource } from "../../../../src/io/mod.ts";
import { build, input, node } from "../../../graph/graph_builder.ts";
import { assertSameNumbers, roundTrip, structureOf, weights } from "../_round_trip.ts";

/** Operators that keep the shape 1, 4, 4, 4 of images, so that they go in any order. */
const STEPS: readonly ((from: string, to: string) => Node)[] = [
  (from, to) => node("Conv", [from, "w"], to, { pads: [1, 1, 1, 1] }),
  (from, to) => node("Relu", [from], to),
  (from, to) => node("Mul", [from, "c"], to),
  (from, to) => node("MaxPool", [from], to, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  (from, to) => node("Transpose", [from], to, { perm: [0, 2, 3, 1] }),
  (from, to) => node("Transpose", [from], to, { perm: [0, 3, 1, 2] }),
  (from, to) => node("Transpose", [from], to, { perm: [0, 1, 3, 2] }),
  (from, to) => node("Softmax", [from], to, { axis: 1 }),
  (from, to) => node("Concat", [from, from], to, { axis: 2 }),
];

/** A network of steps; each goes on from a value made before, and joins may add another. */
function network(
  steps: readonly { readonly kind: number; readonly from: number; readonly other: number }[],
): Promise<Model> {
  const made = ["x"];
  const nodes: Node[] = [];
  const constants: Record<string, DenseTensor> = { w: weights(4, 4, 3, 3), c: weights(4, 1, 1) };
  for (const { kind, from, other } of steps) {
    const source = made[from % made.length] ?? "x";
    const name = `v${made.length}`;
    const step = STEPS[kind % STEPS.length];
    if (kind % (STEPS.length + 1) === STEPS.length || step === undefined) {
      nodes.push(node("Add", [source, made[other % made.length] ?? "x"], name));
    } else if (kind % STEPS.length === STEPS.length - 1) {
      nodes.push(
        node("Concat", [source, made[other % made.length] ?? "x"], `${name}.two`, { axis: 2 }),
        node("MaxPool", [`${name}.two`], name, { kernel_shape: [2, 1], strides: [2, 1] }),
      );
    } else nodes.push(step(source, name));
    made.push(name);
  }
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const outputNames = made.filter((name) => name !== "x" && !read.has(name));
  // One value that is read and an output as well.
  const inner = made.find((name) => name !== "x" && read.has(name));
  if (inner !== undefined) outputNames.push(inner);
  return build({ inputs: [input("x", 1, 4, 4, 4)], constants, nodes, outputNames });
}

const steps = fc.array(
  fc.record({ kind: fc.nat(89), from: fc.nat(20), other: fc.nat(20) }),
  { minLength: 1, maxLength: 8 },
);

for (const version of ["3", "4"] as const) {
  Deno.test(`relayout() keeps what any network computes through version ${version}`, async () => {
    const property = fc.asyncProperty(steps, async (list) => {
      const model = await network(list);
      const back = (await roundTrip(model, { version })).model;
      await assertSameNumbers(back, model);
      const again = (await roundTrip(back, { version })).model;
      await assertSameNumbers(again, model);
    });
    await fc.assert(property, { seed: 20260101, numRuns: 40 });
  });
}

/** A grid for each value, no two of them equal. */
function withGrids(model: Model): Model {
  const activations = new Map(
    [...model.values.keys()].map((name, i) => {
      const scale = (i + 1) / 64;
      const grid = { bitwidth: 8, scale, offset: -i, min: -i * scale, max: (255 - i) * scale };
      return [name, { encodings: [{ ...grid, symmetric: false }] }];
    }),
  );
  return { ...model, encodings: { activations, parameters: new Map() } };
}

for (const version of ["3", "4"] as const) {
  Deno.test(`relayout() keeps the grid of every value through version ${version}`, async () => {
    const property = fc.asyncProperty(steps, async (list) => {
      const model = withGrids(await network(list));
      const back = (await roundTrip(model, { version })).model;
      const again = (await roundTrip(back, { version })).model;
      for (const found of [back, again]) {
        for (const [name, { encodings: [expected] }] of model.encodings.activations) {
          if (!found.values.has(name)) continue;
          const [grid] = found.encodings.activations.get(name)?.encodings ?? [];
          assertEquals([grid?.scale, grid?.offset], [expected?.scale, expected?.offset], name);
        }
        await assertSameNumbers(found, model);
      }
    });
    await fc.assert(property, { seed: 20260102, numRuns: 40 });
  });
}

Deno.test("relayout() leaves a network without images as it is", async () => {
  const model = await build({
    inputs: [input("a", 1, 2, 3, 4), input("b", 2, 3, 1)],
    nodes: [node("Add", ["a", "b"], "s"), node("Softmax", ["s"], "y", { axis: 1 })],
    outputNames: ["y"],
  });
  const normal = await toNormalForm(model);
  const stored = relayout(normal, "store");
  assertEquals(stored.nodes, normal.nodes);
  assertEquals(stored.images, new Set());
});

Deno.test("relayout() moves axes, pads and broadcast constants with the channels", async () => {
  const model = await build({
    inputs: [input("x", 1, 4, 5, 6)],
    constants: { w: weights(3, 4, 1, 1), c: weights(3, 1, 1) },
    nodes: [
      node("Conv", ["x", "w"], "k"),
      node("Add", ["c", "k"], "s"),
      node("Softmax", ["s"], "p", { axis: 1 }),
      node("ArgMax", ["p"], "y", { axis: 1, keepdims: 0 }),
    ],
    outputNames: ["y"],
  });
  const stored = relayout(await toNormalForm(model), "store");
  assertEquals(
    stored.nodes.map((
      { operator, inputs, attributes },
    ) => [operator, inputs, attributes.axis?.value]),
    [
      ["Transpose", ["x"], undefined],
      ["Conv", ["x.nsc", "w"], undefined],
      ["Add", ["c", "k"], undefined],
      ["Softmax", ["s"], 3],
      ["ArgMax", ["p"], 3],
    ],
  );
  assertEquals(stored.constants.get("w")?.data.shape, [1, 1, 4, 3]);
  assertEquals(stored.constants.get("c")?.data.shape, [1, 1, 1, 3]);
  assertEquals(stored.values.get("y")?.shape, [1, 5, 6]);
});

Deno.test("relayout() lets values that two networks share keep one constant each layout", async () => {
  const model = await build({
    inputs: [input("x", 1, 4, 4, 4), input("z", 4, 4, 1, 1)],
    constants: { w: weights(4, 4, 1, 1) },
    nodes: [node("Conv", ["x", "w"], "k"), node("Add", ["z", "w"], "y")],
    outputNames: ["k", "y"],
  });
  for (const version of ["3", "4"] as const) {
    await assertSameNumbers((await roundTrip(model, { version })).model, model);
  }
});

Deno.test("modelToDlc() and dlcToModel() meet in a file", async () => {
  const model = await network([0, 5, 1, 8, 9].map((kind, i) => ({ kind, from: i, other: 0 })));
  for (const version of ["3", "4"] as const) {
    const path = await Deno.makeTempFile({ suffix: ".dlc" });
    try {
      const document = await modelToDlc(model, { version });
      await writeDlc(document, path);
      await using back = await dlcToModel(await openDlc(await openSource(path)));
      await assertSameNumbers(back, model);
      const direct = await dlcToModel(document);
      assertEquals(structureOf(back), structureOf(direct));
    } finally {
      await Deno.remove(path);
    }
  }
});
