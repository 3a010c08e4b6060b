import { assert, assertEquals, assertThrows } from "@std/assert";
import { MemoryLimitError } from "../../src/errors.ts";
import { liveBytesOf } from "../../src/execute/live_bytes.ts";
import { type PlanOptions, planUnits } from "../../src/execute/plan.ts";
import { convolutionNetwork, node, noise, smallModel, value } from "./_small_model.ts";

const MEBIBYTE = 2 ** 20;

function options(parts: Partial<PlanOptions>): PlanOptions {
  const none = new Set<string>();
  return {
    memoryLimit: 64 * MEBIBYTE,
    boundaries: none,
    exposed: none,
    reduced: none,
    kept: new Set(["y"]),
    ...parts,
  };
}

const LAYERS = ["make_c1", "make_r1", "make_c2", "make_a", "make_c3", "make_p", "make_f", "make_y"];

Deno.test("planUnits() takes the whole network where it fits", () => {
  const plan = planUnits(convolutionNetwork(), options({}));
  assert(plan.resident);
  const [unit, ...others] = plan.units;
  assertEquals(others, []);
  assertEquals(unit?.nodes.map(({ name }) => name), LAYERS);
  assertEquals([unit?.inputs, unit?.outputs, unit?.blocked], [["x"], ["y"], true]);
  assertEquals(unit?.initializers.toSorted(), ["b1", "b2", "b4", "w1", "w2", "w3", "w4"]);
  assertEquals(unit?.weightBytes, 4 * (2304 + 32 + 288 + 32 + 16384 + 204800 + 400));
  // "a" and "c3" while the third convolution runs.
  assertEquals(unit?.activationBytes, 4 * (32 * 144 + 512 * 144));
});

Deno.test("planUnits() prepares without the blocked layout where only that fits", () => {
  const plan = planUnits(convolutionNetwork(), options({ memoryLimit: 4 * MEBIBYTE }));
  assertEquals(plan.units.map(({ blocked }) => blocked), [false]);
  assert(plan.resident);
});

Deno.test("planUnits() does without the blocked layout in a quantized network", () => {
  const boundaries = new Set(["r1"]);
  for (const memoryLimit of [64 * MEBIBYTE, 1_200_000]) {
    const plan = planUnits(convolutionNetwork(), options({ memoryLimit, boundaries }));
    assert(plan.units.every(({ blocked }) => !blocked));
  }
});

Deno.test("planUnits() cuts where the weights of a segment do not fit, and tiles a layer", () => {
  const plan = planUnits(convolutionNetwork(), options({ memoryLimit: 1_200_000 }));
  assert(!plan.resident);
  assertEquals(plan.units.map(({ nodes }) => nodes.map(({ name }) => name)), [
    LAYERS.slice(0, 7),
    LAYERS.slice(7),
  ]);
  const [segment, layer] = plan.units;
  assertEquals([segment?.outputs, segment?.tiles], [["f"], undefined]);
  assertEquals(layer?.inputs, ["f"]);
  assertEquals(layer?.tiles?.map(({ output }) => output), [
    { axis: 1, start: 0, end: 290 },
    { axis: 1, start: 290, end: 400 },
  ]);
  assertEquals([...plan.uses], [["f", [1]], ["y", [2]]]);
});

Deno.test("planUnits() ends a unit where a value changes before its use", () => {
  const boundaries = new Set(["r1", "a", "y"]);
  const plan = planUnits(convolutionNetwork(), options({ boundaries }));
  assert(plan.resident);
  assertEquals(plan.units.map(({ outputs }) => outputs), [["r1"], ["a"], ["y"]]);
  assertEquals(plan.units.map(({ inputs }) => inputs), [["x"], ["r1"], ["a"]]);
});

Deno.test("planUnits() cuts at a node also where nothing wanted depends on it", () => {
  const model = smallModel({
    inputs: [value("x", [1, 4])],
    nodes: [node("Relu x -> a"), node("Neg a -> b"), node("Neg a -> c"), node("Neg a -> y")],
    values: ["a", "b", "c", "y"].map((name) => value(name, [1, 4])),
  });
  const cuts = new Set(model.nodes.slice(1, 3));
  const plan = planUnits(model, options({ cuts, unitByUnit: true }));
  assertEquals(plan.units.map(({ outputs }) => outputs), [["a"], ["y"]]);
});

Deno.test("planUnits() lets one session at a time keep its buffers, up to an eighth of the limit", () => {
  const network = convolutionNetwork();
  const bytesOf = (changes: Parameters<typeof options>[0]) => {
    const { pooledBytes, storeBytes } = planUnits(network, options(changes));
    return [storeBytes, pooledBytes];
  };
  assertEquals(bytesOf({ memoryLimit: 64 * MEBIBYTE }), [64 * MEBIBYTE, 8 * MEBIBYTE]);
  assertEquals(bytesOf({ memoryLimit: 1_200_000 }), [300_000, 150_000]);
  const boundaries = new Set(["r1", "a", "y"]);
  assertEquals(bytesOf({ memoryLimit: 64 * MEBIBYTE, boundaries }), [64 * MEBIBYTE, 0]);
});

Deno.test("planUnits() leaves out nodes that nothing wanted depends on", () => {
  const plan = planUnits(convolutionNetwork(), options({ kept: new Set(["a"]) }));
  assertEquals(
    plan.units.flatMap(({ nodes }) => nodes.map(({ name }) => name)),
    LAYERS.slice(0, 4),
  );
});

Deno.test("planUnits() lets observed values out, reduced ones not", () => {
  const exposed = new Set(["c1"]);
  const reduced = new Set(["c2"]);
  const plan = planUnits(convolutionNetwork(), options({ exposed, reduced }));
  assertEquals(plan.units.map(({ outputs }) => outputs), [["c1", "y"]]);
});

Deno.test("planUnits() spills all that waits where a node needs more than half", () => {
  const plan = planUnits(convolutionNetwork(), options({ memoryLimit: 600_000 }));
  assertEquals([plan.resident, plan.storeBytes], [false, 0]);
  assertEquals(plan.units.length, 2);
});

Deno.test("planUnits() says which node is over the limit", () => {
  assertThrows(
    () => planUnits(convolutionNetwork(), options({ memoryLimit: 200_000 })),
    MemoryLimitError,
    'Cannot run node "make_c3": its activations take 113344 bytes more than the memory limit ' +
      "leaves for them, a larger limit works",
  );
});

Deno.test("planUnits() says which layer cannot be split", () => {
  const model = smallModel({
    inputs: [value("i", [1], "int64")],
    nodes: [node("Gather table,i -> y")],
    values: [value("y", [1, 4])],
    initializers: { table: noise([4096, 4], 1) },
  });
  assertThrows(
    () => planUnits(model, options({ memoryLimit: 20_000 })),
    MemoryLimitError,
    'Cannot run node "make_y": its weights take 65536 bytes and Gather is not split, the memory ' +
      "limit leaves 19976, a larger limit works",
  );
});

Deno.test("liveBytesOf() counts what exists while a node runs", () => {
  const model = smallModel({
    inputs: [value("x", [10])],
    nodes: [node("Relu x -> a"), node("Neg a -> b"), node("Add a,b -> c"), node("Neg c -> y")],
    values: ["a", "b", "c", "y"].map((name) => value(name, [10])),
  });
  assertEquals(liveBytesOf(model, model.nodes, new Set(["y"])), [80, 80, 120, 80]);
  assertEquals(liveBytesOf(model, model.nodes, new Set(["b", "y"])), [80, 80, 120, 120]);
});
