import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { correctableLayers } from "../../src/correct/mod.ts";
import { type CorrectionRun, correctionRuns } from "../../src/correct/correction_runs.ts";
import { correctionStages } from "../../src/correct/correction_stages.ts";
import type { Model } from "../../src/graph/mod.ts";
import { int, ints, node, noise, smallModel, value } from "../execute/_small_model.ts";
import { linearNetwork, mixedNetwork } from "./_networks.ts";

function runsOf(model: Model): readonly CorrectionRun[] {
  const quantized = new Set<string>();
  const layers = correctableLayers(model);
  return correctionRuns(model, correctionStages(model, { layers, quantized }), quantized);
}

/** Blocks of MobileNetV2: 1x1 to six times the channels, depthwise, 1x1 back, and a sum. */
function invertedResiduals(blocks: number, size: number): Model {
  const nodes = [];
  const values = [];
  const image = (channels: number) => [1, channels, size, size];
  for (let block = 0; block < blocks; block++) {
    const [from, to] = [block === 0 ? "x" : `a${block - 1}`, `${block}`];
    nodes.push(
      node(`Conv ${from},wide -> e${to}`),
      node(`Relu e${to} -> f${to}`),
      node(`Conv f${to},deep -> d${to}`, { group: int(96), pads: ints([1, 1, 1, 1]) }),
      node(`Relu d${to} -> g${to}`),
      node(`Conv g${to},narrow -> p${to}`),
      node(`Add p${to},${from} -> a${to}`),
    );
    for (const name of ["e", "f", "d", "g"]) values.push(value(`${name}${to}`, image(96)));
    for (const name of ["p", "a"]) values.push(value(`${name}${to}`, image(16)));
  }
  return smallModel({
    inputs: [value("x", image(16))],
    nodes,
    values,
    initializers: {
      wide: noise([96, 16, 1, 1], 1),
      deep: noise([96, 1, 3, 3], 2),
      narrow: noise([16, 96, 1, 1], 3),
    },
  });
}

/** A chain of layers and activations of random kinds, with sums back to earlier values. */
function randomNetwork(kinds: readonly number[]): Model {
  const nodes = [];
  const names = ["x"];
  for (const [index, kind] of kinds.entries()) {
    const from = names.at(-1) ?? "";
    const to = `v${index}`;
    const other = names[(kind * 7) % names.length] ?? "x";
    nodes.push(
      [
        node(`Conv ${from},w -> ${to}`),
        node(`Conv ${from},k -> ${to}`, { pads: ints([1, 1, 1, 1]) }),
        node(`Relu ${from} -> ${to}`),
        node(`Add ${from},${other} -> ${to}`),
        node(`Sigmoid ${other} -> ${to}`),
      ][kind % 5] ?? node(`Relu ${from} -> ${to}`),
    );
    names.push(to);
  }
  return smallModel({
    inputs: [value("x", [1, 4, 6, 6])],
    nodes,
    values: names.slice(1).map((name) => value(name, [1, 4, 6, 6])),
    initializers: { w: noise([4, 4, 1, 1], 1), k: noise([4, 4, 3, 3], 2) },
  });
}

/** That each run has what it reads, and each layer is measured once, in the run of its stage. */
function check(model: Model): void {
  const runs = runsOf(model);
  const stored = new Set(model.inputs.map(({ name }) => name));
  const measured: string[] = [];
  const times = new Map<string, number>();
  for (const run of runs) {
    const known = new Set(stored);
    for (const { node, stage } of run.nodes) {
      assert(stage <= run.stage);
      for (const input of node.inputs) {
        assert(known.has(input) || model.initializers.has(input), `${input} in run ${run.stage}`);
      }
      for (const output of node.outputs) known.add(output);
      times.set(node.name, (times.get(node.name) ?? 0) + 1);
    }
    for (const { layer, byInput } of run.measured) {
      assert(known.has(byInput ? layer.node.inputs[0] ?? "" : layer.value));
      measured.push(layer.node.name);
    }
    for (const value of run.stored) stored.add(value);
    for (const value of run.stored) assert(known.has(value));
  }
  const layers = correctableLayers(model).map(({ node }) => node.name);
  assertEquals(measured.toSorted(), layers.toSorted());
  assert(times.values().every((count) => count <= 3));
}

Deno.test("correctionRuns() gives each run what it reads, and no node more than three runs", () => {
  for (const model of [mixedNetwork(), linearNetwork(), invertedResiduals(4, 12)]) check(model);
  const kinds = fc.array(fc.nat({ max: 99 }), { minLength: 1, maxLength: 60 });
  fc.assert(fc.property(kinds, (list) => check(randomNetwork(list))), { seed: 4, numRuns: 200 });
});

Deno.test("correctionRuns() stores what is narrow, and computes wide values again", () => {
  const runs = runsOf(invertedResiduals(3, 112));
  const told = runs.map(({ nodes, measured, stored }) => [
    nodes.flatMap(({ node }) => node.outputs).join(" "),
    measured.map(({ layer, byInput }) => `${layer.value}${byInput ? " by its input" : ""}`).join(),
    stored.join(" "),
  ]);
  assertEquals(told, [
    // Reading the samples once more would cost more: they may be photos.
    ["e0", "e0", "e0"],
    ["f0 d0", "d0", ""],
    ["f0 d0 g0 p0 a0", "p0,e1 by its input", "a0"],
    ["e1 f1 d1", "d1", ""],
    ["e1 f1 d1 g1 p1 a1", "p1,e2 by its input", "a1"],
    ["e2 f2 d2", "d2", ""],
    ["e2 f2 d2 g2", "p2 by its input", ""],
  ]);
});
