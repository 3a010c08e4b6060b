import { assertEquals } from "@std/assert";
import { build, elementsOf, floats, input, integers, node, scalar } from "../graph_builder.ts";

Deno.test("viewConstant() folds movements of a weight into views", async () => {
  const model = await build({
    inputs: [input("x", 1, 2)],
    constants: { w: floats([3, 2]), s: integers(1), e: integers(3), a: integers(1) },
    nodes: [
      node("Transpose", ["w"], "t"),
      node("Slice", ["t", "s", "e", "a"], "v"),
      node("MatMul", ["x", "v"], "y"),
    ],
    outputNames: ["y"],
  });
  assertEquals(model.nodes.map(({ operator }) => operator), ["MatMul"]);
  const weight = model.initializers.get("v");
  assertEquals(weight?.views.map(({ kind }) => kind), ["permute", "slice"]);
  assertEquals(await elementsOf(model, "v"), [3, 5, 4, 6]);
});

Deno.test("viewConstant() folds a product with a vector into a scale", async () => {
  const model = await build({
    inputs: [input("x", 1, 2)],
    constants: { w: floats([2, 3]), f: floats([3], [2, 4, 8]), d: scalar(2) },
    nodes: [
      node("Mul", ["w", "f"], "m"),
      node("Div", ["m", "d"], "v"),
      node("MatMul", ["x", "v"], "y"),
    ],
    outputNames: ["y"],
  });
  assertEquals(model.nodes.length, 1);
  assertEquals(model.initializers.get("v")?.views.every(({ kind }) => kind === "scale"), true);
  assertEquals(await elementsOf(model, "v"), [1, 4, 12, 4, 10, 24]);
});

Deno.test("viewConstant() leaves what no view says to the evaluator of the caller", async () => {
  const parts = {
    inputs: [input("x", 1, 3)],
    constants: { w: floats([3]) },
    nodes: [node("Sinh", ["w"], "v"), node("Add", ["x", "v"], "y")],
    outputNames: ["y"],
  };
  const kept = await build(parts);
  assertEquals(kept.nodes.map(({ operator }) => operator), ["Sinh", "Add"]);
  const folded = await build(parts, {
    evaluate: (one, inputs) => {
      assertEquals(one.operator, "Sinh");
      const [tensor] = inputs;
      const data = Float32Array.from(Array.from(tensor?.data ?? [], Number), Math.sinh);
      return Promise.resolve([{ dtype: "float32", shape: [3], data }]);
    },
  });
  assertEquals(folded.nodes.map(({ operator }) => operator), ["Add"]);
  assertEquals(await elementsOf(folded, "v"), [1, 2, 3].map(Math.sinh).map(Math.fround));
});

Deno.test("viewConstant() leaves a division by zero to be computed", async () => {
  const model = await build({
    inputs: [input("x", 1, 2)],
    constants: { w: floats([2, 3]), d: scalar(0) },
    nodes: [node("Div", ["w", "d"], "v"), node("MatMul", ["x", "v"], "y")],
    outputNames: ["y"],
  });
  assertEquals(await elementsOf(model, "v"), new Array(6).fill(Infinity));
});
