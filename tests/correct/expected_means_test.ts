import { assertAlmostEquals, assertEquals } from "@std/assert";
import { expectedMeans } from "../../src/correct/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import { int, node, smallModel, tensor, value } from "../execute/_small_model.ts";

const IMAGE = [1, 2, 4, 4];

function network(
  nodes: readonly string[],
  values: Readonly<Record<string, readonly number[]>>,
): Model {
  return {
    ...smallModel({
      inputs: [value("x", [1, 1, 4, 4])],
      nodes: [
        node("Conv x,w -> a"),
        node("Conv x,w -> b"),
        ...nodes.map((text) => node(text, text.startsWith("Concat") ? { axis: int(1) } : {})),
      ],
      values: [
        value("a", IMAGE),
        value("b", IMAGE),
        ...Object.entries(values).map(([name, shape]) => value(name, shape)),
      ],
      initializers: {
        w: tensor([2, 1, 1, 1], [1, 1]),
        low: tensor([], [0]),
        high: tensor([], [6]),
        ceilings: tensor([2, 1, 1], [0, 1]),
      },
    }),
    batchNorms: new Map([
      ["make_a", { gamma: Float32Array.of(1, -3), beta: Float32Array.of(-2, 1) }],
      ["make_b", { gamma: Float32Array.of(0, 0), beta: Float32Array.of(10, 20) }],
    ]),
  };
}

function assertMeans(found: Float64Array | undefined, expected: readonly number[]): void {
  assertEquals(found?.length, expected.length);
  for (const [i, mean] of expected.entries()) assertAlmostEquals(found?.[i] ?? NaN, mean, 1e-8);
}

Deno.test("expectedMeans() follows normal channels through what clips them", () => {
  const means = expectedMeans(network([
    "Relu a -> r",
    "Clip a,low,high -> c",
    "Min b,ceilings -> m",
    "LeakyRelu a -> l",
    "Min r,ceilings -> t",
  ], { r: IMAGE, c: IMAGE, m: IMAGE, l: IMAGE, t: IMAGE }));
  assertMeans(means.get("a"), [-2, 1]);
  // Quantization reference 9.4; the second from |gamma|.
  assertMeans(means.get("r"), [0.008490702616829581, 1.7627083407416943]);
  assertMeans(means.get("m"), [0, 1]);
  // A ceiling behind a ReLU: 0, and min(max(1 + 3 z, 0), 1).
  assertMeans(means.get("t"), [0, 0.5658815016929178]);
  // E[max(x, 0)] + 0.01 (E[x] - E[max(x, 0)]).
  assertMeans(means.get("l"), [
    0.99 * 0.008490702616829581 - 0.02,
    0.99 * 1.7627083407416943 + 0.01,
  ]);
  assertAlmostEquals(means.get("c")?.[0] ?? NaN, 0.008490702616829581, 1e-6);
});

Deno.test("expectedMeans() adds, joins, averages and flattens", () => {
  const means = expectedMeans(network([
    "Add a,b -> s",
    "Concat a,b -> j",
    "GlobalAveragePool j -> g",
    "Flatten g -> f",
    "Flatten a -> d",
  ], { s: IMAGE, j: [1, 4, 4, 4], g: [1, 4, 1, 1], f: [1, 4], d: [1, 32] }));
  assertMeans(means.get("s"), [8, 21]);
  assertMeans(means.get("f"), [-2, 1, 10, 20]);
  assertMeans(means.get("d"), [...new Array(16).fill(-2), ...new Array(16).fill(1)]);
});

Deno.test("expectedMeans() does not guess", () => {
  const means = expectedMeans(network([
    "Add a,b -> s",
    "Relu s -> r",
    "Sigmoid a -> g",
    "Add a,x -> n",
    "MaxPool a -> m",
  ], { s: IMAGE, r: IMAGE, g: IMAGE, n: IMAGE, m: IMAGE }));
  assertEquals([...means.keys()], ["a", "b", "s"]);
});
