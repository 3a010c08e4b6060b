import { assertEquals } from "@std/assert";
import { foldGemmFactors, foldLayers } from "../../../src/graph/mod.ts";
import { build, elementsOf, floats, input, listNodes, node } from "../graph_builder.ts";

const float = (value: number) => ({ type: "float", value }) as const;

Deno.test("foldLayers() multiplies the weight and the bias of a Gemm by its factors", async () => {
  const model = await foldLayers(
    await build({
      inputs: [input("x", 1, 2)],
      constants: { w: floats([2, 2], [1, 2, 3, 4]), b: floats([2], [10, 20]) },
      nodes: [node("Gemm", ["x", "w", "b"], "y", { alpha: float(0.25), beta: float(-2) })],
      outputNames: ["y"],
    }),
  );
  assertEquals(await elementsOf(model, "w"), [0.25, 0.5, 0.75, 1]);
  assertEquals(await elementsOf(model, "b"), [-20, -40]);
  assertEquals(model.nodes[0]?.attributes["alpha"]?.value, 1);
  assertEquals(model.nodes[0]?.attributes["beta"]?.value, 1);
  assertEquals(await foldLayers(model), model);
});

Deno.test("foldGemmFactors() gives a shared weight a second name, and leaves what is computed", async () => {
  const model = foldGemmFactors(
    await build({
      inputs: [input("x", 2, 2)],
      constants: { w: floats([2, 2], [1, 2, 3, 4]) },
      nodes: [
        node("Gemm", ["x", "w"], "a", { alpha: float(2) }),
        node("Gemm", ["a", "w", "x"], "b", { beta: float(3) }),
        node("Gemm", ["a", "b"], "y", { alpha: float(5) }),
      ],
      outputNames: ["y"],
    }),
  );
  assertEquals(listNodes(model), [
    "Gemm(x,node_a.weight)->a",
    "Gemm(a,w,x)->b",
    "Gemm(a,b)->y",
  ]);
  assertEquals(await elementsOf(model, "node_a.weight"), [2, 4, 6, 8]);
  assertEquals(await elementsOf(model, "w"), [1, 2, 3, 4]);
  assertEquals(model.nodes[1]?.attributes["beta"]?.value, 3);
  assertEquals(model.nodes[2]?.attributes["alpha"]?.value, 5);
});

Deno.test("foldGemmFactors() leaves a weight whose encoding is given", async () => {
  const encoding = { bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false };
  const model = await build({
    inputs: [input("x", 1, 2)],
    constants: { w: floats([2, 2]) },
    nodes: [node("Gemm", ["x", "w"], "y", { alpha: float(2) })],
    outputNames: ["y"],
    overrides: { activations: new Map(), parameters: new Map([["w", { encodings: [encoding] }]]) },
  });
  assertEquals(foldGemmFactors(model), model);
});
