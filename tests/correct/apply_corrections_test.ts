import { assert, assertEquals, assertRejects } from "@std/assert";
import { valuesBeforeAdds } from "../../src/correct/apply_corrections.ts";
import { applyCorrections } from "../../src/correct/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import { type DenseTensor, readDense } from "../../src/tensor/mod.ts";
import { node, smallModel, tensor, value } from "../execute/_small_model.ts";

async function numbers(model: Model, name: string | undefined): Promise<[number[], number[]]> {
  const reference = model.initializers.get(name ?? "");
  assert(reference !== undefined, `no "${name}"`);
  const { shape, data } = await readDense(reference);
  return [[...shape], Array.from(data, Number)];
}

for (
  const { what, bias, beta, expected } of [
    { what: "a vector", bias: tensor([2], [1, 2]), expected: [[2], [11, 22]] },
    { what: "one number", bias: tensor([1], [5]), expected: [[2], [15, 25]] },
    { what: "a scalar, doubled", bias: tensor([], [5]), beta: 2, expected: [[2], [20, 30]] },
    { what: "a row", bias: tensor([1, 2], [1, 2]), beta: 0.5, expected: [[2], [10.5, 21]] },
    {
      what: "a number a row",
      bias: tensor([3, 1], [1, 2, 3]),
      expected: [[3, 2], [11, 21, 12, 22, 13, 23]],
    },
    {
      what: "a matrix",
      bias: tensor([3, 2], [1, 2, 3, 4, 5, 6]),
      expected: [[3, 2], [11, 22, 13, 24, 15, 26]],
    },
    { what: "nothing", bias: undefined, expected: [[2], [10, 20]] },
  ] satisfies readonly {
    what: string;
    bias: DenseTensor | undefined;
    beta?: number;
    expected: unknown;
  }[]
) {
  Deno.test(`applyCorrections() adds to the bias of a Gemm that is ${what}`, async () => {
    const attributes = beta === undefined ? {} : { beta: { type: "float", value: beta } as const };
    const model = smallModel({
      inputs: [value("x", [3, 4])],
      nodes: [node(`Gemm x,w${bias === undefined ? "" : ",b"} -> y`, attributes)],
      values: [value("y", [3, 2])],
      initializers: {
        w: tensor([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
        ...(bias === undefined ? {} : { b: bias }),
      },
    });
    const corrections = new Map([["make_y", Float64Array.of(10, 20)]]);
    const { model: corrected, newValues } = await applyCorrections(model, corrections);
    const [gemm] = corrected.nodes;
    assertEquals<unknown>(await numbers(corrected, gemm?.inputs[2]), expected);
    assertEquals(gemm?.attributes.beta?.value, 1);
    assertEquals(newValues.size, 0);
  });
}

Deno.test("applyCorrections() puts an Add behind a layer whose bias is computed", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 1, 2, 2]), value("b", [2])],
    nodes: [node("Conv x,w,b -> y")],
    values: [value("y", [1, 2, 2, 2])],
    initializers: { w: tensor([2, 1, 1, 1], [1, 2]) },
  });
  const corrections = new Map([["make_y", Float64Array.of(-1, 4)]]);
  const { model: corrected, newValues } = await applyCorrections(model, corrections);
  const [conv, add] = corrected.nodes;
  assertEquals([conv?.inputs, conv?.outputs], [["x", "w", "b"], ["y.unbiased"]]);
  assertEquals([add?.operator, add?.outputs], ["Add", ["y"]]);
  assertEquals(await numbers(corrected, add?.inputs[1]), [[2, 1, 1], [-1, 4]]);
  assertEquals([...newValues], [["y.unbiased", "y"]]);
  assertEquals(corrected.values.get("y.unbiased")?.shape, [1, 2, 2, 2]);
});

Deno.test("valuesBeforeAdds() names the layers that get an Add, and no others", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 2, 2]), value("b", [2])],
    nodes: [
      node("Conv x,k,b -> computed"),
      node("Conv x,k -> none"),
      node("MatMul x,w -> product"),
      node("MatMul x,w -> summand"),
      node("Add summand,c -> sum"),
      node("Flatten x -> f"),
      node("MatMul f,m -> matrix"),
    ],
    values: [
      ...["computed", "none", "product", "summand", "sum"].map((name) => value(name, [1, 2, 2])),
      ...[value("f", [1, 4]), value("matrix", [1, 2])],
    ],
    initializers: {
      k: tensor([2, 2, 1], [1, 2, 3, 4]),
      w: tensor([2, 2], [1, 2, 3, 4]),
      c: tensor([2], [1, 2]),
      m: tensor([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
    },
  });
  assertEquals(valuesBeforeAdds(model), ["computed", "product"]);
  const layers = ["computed", "none", "product", "summand", "matrix"];
  const corrections = new Map(layers.map((name) => [`make_${name}`, Float64Array.of(1, 2)]));
  const { newValues } = await applyCorrections(model, corrections);
  assertEquals([...newValues.values()], ["computed", "product"]);
});

Deno.test("applyCorrections() leaves layers alone that have none, and unused constants out", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 1, 2, 2])],
    nodes: [node("Conv x,w,b -> c"), node("Conv c,w,b -> y")],
    values: [value("c", [1, 1, 2, 2]), value("y", [1, 1, 2, 2])],
    initializers: { w: tensor([1, 1, 1, 1], [1]), b: tensor([1], [3]) },
  });
  const both = new Map([["make_c", Float64Array.of(1)], ["make_y", Float64Array.of(2)]]);
  const { model: corrected } = await applyCorrections(model, both);
  const names = corrected.nodes.map(({ inputs }) => inputs[2]);
  assertEquals(await Promise.all(names.map((name) => numbers(corrected, name))), [
    [[1], [4]],
    [[1], [5]],
  ]);
  assertEquals(corrected.initializers.has("b"), false);
  const { model: one } = await applyCorrections(model, new Map([["make_y", Float64Array.of(2)]]));
  assertEquals(one.nodes[0], model.nodes[0]);
  assertEquals(await numbers(one, "b"), [[1], [3]]);
});

Deno.test("applyCorrections() gives what it adds names that no node has", async () => {
  const first = node("Conv x,w,b -> y");
  const model = smallModel({
    inputs: [value("x", [1, 1, 2, 2]), value("b", [2])],
    nodes: [first, { ...node("Relu y -> z"), name: "make_y.add_bias" }],
    values: [value("y", [1, 2, 2, 2]), value("z", [1, 2, 2, 2])],
    initializers: { w: tensor([2, 1, 1, 1], [1, 2]) },
  });
  const corrections = new Map([["make_y", Float64Array.of(10, 20)]]);
  const { model: corrected } = await applyCorrections(model, corrections);
  assertEquals(corrected.nodes.map(({ name }) => name), [
    "make_y",
    "make_y.add_bias_1",
    "make_y.add_bias",
  ]);
});

Deno.test("applyCorrections() refuses a correction of another number of channels", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 4])],
    nodes: [node("Gemm x,w -> y")],
    values: [value("y", [1, 2])],
    initializers: { w: tensor([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]) },
  });
  await assertRejects(
    () => applyCorrections(model, new Map([["make_y", Float64Array.of(1)]])),
    RangeError,
    'Cannot correct node "make_y": 1 numbers, expected 2',
  );
});
