import { assert, assertEquals, assertLess, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../../src/errors.ts";
import type { DenseTensor } from "../../../src/tensor/mod.ts";
import type { Node } from "../../../src/graph/mod.ts";
import { sortTopologically } from "../../../src/graph/build/sort_topologically.ts";
import {
  build,
  floats,
  type GraphParts,
  input,
  integers,
  listNodes,
  node,
} from "../graph_builder.ts";

const X = [input("x", 2)];

async function messageOf(parts: GraphParts): Promise<string> {
  return (await assertRejects(() => build(parts), FormatError)).message;
}

Deno.test("buildModel() sorts, names nodes, and drops what no output needs", async () => {
  const model = await build({
    inputs: X,
    constants: { b: floats([2]), unused: floats([2]) },
    nodes: [
      { ...node("Relu", ["sum"], "y"), name: "" },
      { ...node("Add", ["x", "b"], "sum"), name: "twin" },
      { ...node("Neg", ["y"], "z"), name: "twin" },
      node("Abs", ["x"], "dead"),
    ],
    outputNames: ["z"],
  });
  assertEquals(listNodes(model), ["Add(x,b)->sum", "Relu(sum)->y", "Neg(y)->z"]);
  assertEquals(model.nodes.map(({ name }) => name), ["twin", "Relu_0", "twin_1"]);
  assertEquals([...model.initializers.keys()], ["b"]);
  assertEquals([...model.values.keys()], ["x", "sum", "y", "z"]);
  assertEquals(model.outputs, [{ name: "z", dtype: "float32", shape: [2] }]);
});

Deno.test("buildModel() refuses names that contradict each other", async () => {
  const relu = node("Relu", ["x"], "y");
  assertEquals(
    await messageOf({
      inputs: X,
      nodes: [relu, { ...node("Neg", ["x"], "y"), name: "b" }],
      outputNames: ["y"],
    }),
    'Cannot build graph "test": value "y" is made twice, by node "node_y" (Relu) and by ' +
      'node "b" (Neg)',
  );
  assertEquals(
    await messageOf({ inputs: X, constants: { x: floats([2]) }, outputNames: ["x"] }),
    'Cannot build graph "test": value "x" is made twice, by a network input and by an initializer',
  );
  assertEquals(
    await messageOf({
      inputs: [input("image", 2)],
      nodes: [node("Relu", ["imgae"], "y")],
      outputNames: ["y"],
    }),
    'Cannot build graph "test": node "node_y" (Relu) reads "imgae", which nothing makes, ' +
      'nearest is "image"',
  );
  assertEquals(
    await messageOf({ inputs: X, nodes: [relu], outputNames: ["Y"] }),
    'Cannot build graph "test": nothing makes its output "Y", nearest is "y"',
  );
  assertEquals(
    await messageOf({ inputs: X, nodes: [relu], outputNames: ["y", "y"] }),
    'Cannot build graph "test": output "y" is listed twice, expected once',
  );
  assertEquals(
    await messageOf({ inputs: X, nodes: [relu] }),
    'Cannot build graph "test": it has no outputs, expected one',
  );
  assertEquals(
    await messageOf({ inputs: [input("x", -1)], nodes: [relu], outputNames: ["y"] }),
    'Cannot build graph "test": input "x" has shape [-1], expected dimensions of at least 0',
  );
});

Deno.test("buildModel() names a node on a cycle", async () => {
  const nodes = [
    node("Add", ["x", "b"], "a"),
    node("Relu", ["a"], "b"),
    node("Neg", ["b"], "y"),
  ];
  assertEquals(
    await messageOf({ inputs: X, nodes, outputNames: ["y"] }),
    'Cannot order the graph: node "node_a" (Add) depends on its own output through "a", ' +
      "expected no cycle",
  );
  assertThrows(
    () => sortTopologically([node("Relu", ["a"], "a")]),
    FormatError,
    'node "node_a" (Relu) depends on its own output',
  );
});

Deno.test("sortTopologically() orders any shuffling and keeps an order that holds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 40 }),
      fc.infiniteStream(fc.nat()),
      (edges, random) => {
        const nodes = edges.map(([a, b], i): Node =>
          node("Add", [`v${a % (i + 1)}`, `v${b % (i + 1)}`], `v${i + 1}`)
        );
        assertEquals(sortTopologically(nodes), nodes);
        const keys = new Map(nodes.map((one) => [one, random.next().value]));
        const shuffled = nodes.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        const made = new Set(["v0"]);
        for (const { inputs, outputs } of sortTopologically(shuffled)) {
          assert(inputs.every((name) => made.has(name)));
          for (const output of outputs) made.add(output);
        }
        assertEquals(made.size, nodes.length + 1);
      },
    ),
    { seed: 11, numRuns: 50 },
  );
});

Deno.test("buildModel() passes a constant output on by an Identity", async () => {
  const model = await build({
    inputs: X,
    constants: { b: integers(4) },
    nodes: [
      node("Neg", ["b"], "y"),
      node("Cast", ["y"], "z", { to: 1 }),
      node("Add", ["x", "z"], "s"),
    ],
    outputNames: ["y", "s"],
  });
  assertEquals(listNodes(model), ["Add(x,z)->s", "Identity(y/constant)->y"]);
  assertEquals(model.outputs.map(({ dtype, shape }) => [dtype, shape]), [
    ["int64", [1]],
    ["float32", [2]],
  ]);
});

Deno.test("buildModel() brings settings into memory and leaves weights where they are", async () => {
  const read: string[] = [];
  const bytes = new Uint8Array(integers(2, 6).data.buffer);
  const source = {
    name: "model",
    byteLength: 1000,
    read: (target: Uint8Array, position: number) => {
      read.push(`${target.byteLength} bytes at ${position}`);
      target.set(bytes.subarray(0, target.byteLength));
      return Promise.resolve();
    },
    openSibling: () => Promise.reject(new Error("no sibling")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const range = (name: string, dtype: DenseTensor["dtype"], shape: number[], offset: number) => ({
    name,
    dtype,
    shape,
    storedDtype: dtype,
    storedShape: shape,
    storage: { kind: "range", source, offset, byteLength: dtype === "int64" ? 16 : 192 } as const,
    views: [],
  });
  const model = await build({
    inputs: [input("x", 3, 4)],
    references: [range("w", "float32", [4, 12], 8), range("s", "int64", [2], 200)],
    nodes: [node("MatMul", ["x", "w"], "m"), node("Reshape", ["m", "t"], "y"), {
      ...node("Mul", ["s", "three"], "t"),
    }],
    constants: { three: integers(3, 1) },
    outputNames: ["y"],
  });
  assertEquals(read, ["16 bytes at 200"]);
  assertEquals(model.outputs[0]?.shape, [6, 6]);
  assertEquals(model.initializers.get("w")?.storage.kind, "range");
  assertEquals(model.initializers.get("t")?.storage.kind, "bytes");
});

Deno.test("buildModel() builds 100 000 nodes in any order without recursion", async () => {
  const count = 100_000;
  const nodes = Array.from(
    { length: count },
    (_, i) => node("Relu", [`v${count - 1 - i}`], `v${count - i}`),
  );
  const begin = performance.now();
  const model = await build({ inputs: [input("v0", 2)], nodes, outputNames: [`v${count}`] });
  assertEquals(model.nodes.length, count);
  assertEquals(model.nodes[0]?.inputs, ["v0"]);
  // A generous bound: it takes about a second; quadratic work would take minutes.
  assertLess(performance.now() - begin, 20_000);
});

Deno.test("buildModel() stops when told to", async () => {
  const signal = AbortSignal.abort(new Error("stopped"));
  await assertRejects(
    () => build({ inputs: X, nodes: [node("Relu", ["x"], "y")], outputNames: ["y"] }, { signal }),
    Error,
    "stopped",
  );
});

Deno.test("buildModel() disposes of what the format opened", async () => {
  let disposed = 0;
  {
    await using model = await build({
      inputs: X,
      nodes: [node("Relu", ["x"], "y")],
      outputNames: ["y"],
      dispose: () => {
        disposed++;
        return Promise.resolve();
      },
    });
    assertEquals(model.nodes.length, 1);
  }
  assertEquals(disposed, 1);
});
