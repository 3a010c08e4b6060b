import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { referenceDense } from "../../../src/tensor/mod.ts";
import { buildModel, cancelTransposes, type Model, type Node } from "../../../src/graph/mod.ts";
import {
  composeOrders,
  invertOrder,
  isIdentityOrder,
  keepsElements,
  withoutAxes,
} from "../../../src/graph/rewrite/permutation.ts";
import { build, floats, input, integers, listNodes, node } from "../graph_builder.ts";

const TO_NCHW = { perm: [0, 3, 1, 2] };
const TO_NHWC = { perm: [0, 2, 3, 1] };

Deno.test("cancelTransposes() makes a graph of wrapped NHWC layers an NCHW graph", async () => {
  const model = await build({
    inputs: [input("x", 1, 3, 8, 8)],
    constants: {
      w1: floats([4, 3, 1, 1]),
      w2: floats([4, 4, 1, 1]),
      slope: floats([4]),
      axes: integers(1, 2),
      pads: integers(0, 1, 2, 0, 0, 3, 4, 0),
    },
    nodes: [
      node("Conv", ["x", "w1"], "c1"),
      node("Transpose", ["c1"], "conv1", TO_NHWC),
      node("Relu", ["conv1"], "relu1"),
      node("PRelu", ["relu1", "slope"], "prelu1"),
      node("Transpose", ["prelu1"], "p1", TO_NCHW),
      node("Conv", ["p1", "w2"], "c2"),
      node("Transpose", ["c2"], "conv2", TO_NHWC),
      node("Add", ["conv2", "relu1"], "sum"),
      node("Concat", ["sum", "conv2"], "joined", { axis: 3 }),
      node("Pad", ["joined", "pads"], "padded"),
      node("Softmax", ["padded"], "soft", { axis: -1 }),
      node("ReduceMean", ["soft", "axes"], "y", { keepdims: 0 }),
    ],
    outputNames: ["y"],
    overrides: {
      activations: new Map([["conv2", { axis: 3, encodings: [] }]]),
      parameters: new Map(),
    },
  });
  const flat = cancelTransposes(model);
  assertEquals(flat.nodes.filter(({ operator }) => operator === "Transpose"), []);
  assertEquals(flat.nodes.map(({ operator }) => operator), [
    "Conv",
    "Relu",
    "PRelu",
    "Conv",
    "Add",
    "Concat",
    "Pad",
    "Softmax",
    "ReduceMean",
  ]);
  // Of the two names of the second convolution's output, the one with an encoding is kept.
  assertEquals(flat.nodes[3]?.outputs, ["conv2"]);
  assertEquals(flat.values.get("conv2")?.shape, [1, 4, 8, 8]);
  assertEquals(flat.overrides.activations.get("conv2")?.axis, 1);
  assertEquals(flat.values.get("padded")?.shape, [1, 8, 12, 14]);
  assertEquals(flat.nodes[5]?.attributes["axis"]?.value, 1);
  assertEquals(flat.nodes[7]?.attributes["axis"]?.value, 1);
  assertEquals(flat.initializers.get(flat.nodes[2]?.inputs[1] ?? "")?.shape, [1, 4, 1, 1]);
  assertEquals(flat.outputs, model.outputs);
});

Deno.test("cancelTransposes() drops a Transpose that only a Reshape reads, if elements stay", async () => {
  const model = await build({
    inputs: [input("x", 1, 5, 4, 4)],
    constants: { s: integers(1, -1) },
    nodes: [
      node("GlobalAveragePool", ["x"], "p"),
      node("Transpose", ["p"], "t", TO_NHWC),
      node("Reshape", ["t", "s"], "y"),
    ],
    outputNames: ["y"],
  });
  const flat = cancelTransposes(model);
  assertEquals(flat.nodes.map(({ operator }) => operator), ["GlobalAveragePool", "Reshape"]);
  assertEquals(flat.outputs[0]?.shape, [1, 5]);
});

Deno.test("cancelTransposes() keeps layout and name of network inputs and outputs", async () => {
  const model = await build({
    inputs: [input("x", 1, 8, 8, 3)],
    constants: { w: floats([4, 3, 1, 1]) },
    nodes: [
      node("Transpose", ["x"], "t", TO_NCHW),
      node("Conv", ["t", "w"], "c"),
      node("Transpose", ["c"], "u", TO_NHWC),
      node("Relu", ["u"], "y"),
      node("Transpose", ["y"], "v", TO_NCHW),
      node("Neg", ["v"], "z"),
    ],
    outputNames: ["y", "z"],
  });
  const flat = cancelTransposes(model);
  assertEquals(listNodes(flat), [
    "Transpose(x)->t",
    "Conv(t,w)->c",
    "Relu(c)->v",
    "Neg(v)->z",
    "Transpose(v)->y",
  ]);
  assertEquals(flat.outputs, model.outputs);
});

Deno.test("cancelTransposes() returns the model itself where nothing can be saved", async () => {
  const model = await build({
    inputs: [input("x", 2, 3)],
    nodes: [node("Transpose", ["x"], "t"), node("Relu", ["t"], "y")],
    outputNames: ["y"],
  });
  assert(cancelTransposes(model) === model);
});

Deno.test("composeOrders(), invertOrder() and withoutAxes() follow Transpose", () => {
  assertEquals(composeOrders([0, 3, 1, 2], [0, 2, 3, 1]), [0, 1, 2, 3]);
  assertEquals(composeOrders([1, 2, 0], [1, 2, 0]), [2, 0, 1]);
  assertEquals(invertOrder([1, 2, 0]), [2, 0, 1]);
  assertEquals(withoutAxes([0, 2, 3, 1], [1, 2]), [0, 1]);
  assertEquals(withoutAxes([3, 1, 2, 0], [0]), [1, 2, 0]);
  assertEquals(keepsElements([0, 2, 3, 1], [7, 5, 1, 1]), true);
  assertEquals(keepsElements([0, 2, 3, 1], [7, 5, 2, 1]), false);
  assertEquals(isIdentityOrder([0, 1]), true);
});

/** One random step of a graph over int64 values, as numbers to choose by. */
type Step = readonly [number, number, number];

/** Builds nodes that the small evaluator can compute, so that values can be compared. */
function randomGraph(shape: readonly number[], steps: readonly Step[]): Node[] {
  const shapes = new Map<string, readonly number[]>([["x", shape]]);
  const nodes: Node[] = [];
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
  for (const [i, [kind, a, b]] of steps.entries()) {
    const names = [...shapes.keys()];
    const source = names[a % names.length] ?? "x";
    const from = shapes.get(source) ?? [];
    const output = `v${i}`;
    const axis = b % 3;
    const same = names.filter((name) => `${shapes.get(name)}` === `${from}`);
    const partner = same[b % same.length] ?? source;
    let to = from;
    if (kind === 0) {
      nodes.push(node("Neg", [source], output));
    } else if (kind === 1) {
      nodes.push(node(b % 2 === 0 ? "Add" : "Mul", [source, partner], output));
    } else if (kind === 2) {
      nodes.push(node("Concat", [source, partner], output, { axis }));
      to = from.with(axis, 2 * (from[axis] ?? 0));
    } else if (kind === 3) {
      nodes.push(node("ReduceMax", [source, `axis${axis}`], output));
      to = from.with(axis, 1);
    } else if (kind === 4) {
      nodes.push(node("Slice", [source, "one", "end", `axis${axis}`], output));
      to = from.with(axis, Math.max(0, (from[axis] ?? 0) - 1));
      if (to[axis] === 0) {
        nodes.pop();
        continue;
      }
    } else if (kind === 5) {
      nodes.push(node("Add", [source, `bias${axis}`], output));
      if (from[2] !== 1) nodes[nodes.length - 1] = node("Add", [source, "three"], output);
      else to = from.with(2, 2);
    } else {
      const order = orders[b % 6] ?? [0, 1, 2];
      nodes.push(node("Transpose", [source], output, { perm: order }));
      to = order.map((one) => from[one] ?? 0);
    }
    if (to.reduce((product, extent) => product * extent, 1) > 2000) {
      nodes.pop();
      continue;
    }
    shapes.set(output, to);
  }
  return nodes;
}

/** Computes a model by folding it over a constant input. */
async function compute(model: Model, shape: readonly number[]): Promise<unknown> {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const data = BigInt64Array.from({ length: count }, (_, i) => BigInt(i % 5 - 2));
  const folded = await buildModel({
    name: "folded",
    inputs: [],
    outputNames: model.outputs.map(({ name }) => name),
    nodes: model.nodes,
    initializers: new Map([
      ...model.initializers,
      ["x", referenceDense("x", { dtype: "int64", shape, data })],
    ]),
    metadata: {},
    dispose: () => Promise.resolve(),
  });
  return model.outputs.map(({ name }) => {
    const passed = folded.nodes.find(({ outputs }) => outputs[0] === name)?.inputs[0] ?? "";
    const constant = folded.initializers.get(passed);
    assert(constant?.storage.kind === "bytes", `"${name}" was not computed`);
    return { shape: constant.shape, bytes: [...constant.storage.bytes] };
  });
}

Deno.test("cancelTransposes() never changes what a graph computes", async () => {
  let saved = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.constant(2)),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat(50), fc.nat(50)), {
        minLength: 3,
        maxLength: 25,
      }),
      async (shape, steps) => {
        const nodes = randomGraph(shape, steps);
        const read = new Set(nodes.flatMap(({ inputs }) => inputs));
        const ends = nodes.flatMap(({ outputs }) => outputs).filter((name) => !read.has(name));
        if (ends.length === 0) return;
        const model = await build({
          inputs: [{ name: "x", dtype: "int64", shape }],
          constants: {
            axis0: integers(0),
            axis1: integers(1),
            axis2: integers(2),
            one: integers(1),
            end: integers(2 ** 40),
            three: integers(3),
            bias0: integers(1, 2),
            bias1: { ...integers(3, 4), shape: [1, 1, 2] },
            bias2: { ...integers(5, 6), shape: [1, 2] },
          },
          nodes,
          outputNames: [...new Set([...ends, ...nodes.at(0)?.outputs ?? []])],
        });
        const flat = cancelTransposes(model);
        const count = ({ nodes }: Model) =>
          nodes.filter(({ operator }) => operator === "Transpose").length;
        assertLessOrEqual(count(flat), count(model));
        saved += count(model) - count(flat);
        assertEquals(flat.outputs, model.outputs);
        assertEquals(await compute(flat, shape), await compute(model, shape));
      },
    ),
    { seed: 3, numRuns: 200 },
  );
  assert(saved > 100, `only ${saved} Transposes were saved, the test shows nothing`);
});
