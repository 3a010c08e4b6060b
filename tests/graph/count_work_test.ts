import { assertEquals } from "@std/assert";
import { countMacs, countParameters } from "../../src/graph/mod.ts";
import { build, floats, input, node, scalar } from "./graph_builder.ts";

Deno.test("countMacs() counts convolutions, transposed ones, products and recurrence", async () => {
  const model = await build({
    inputs: [input("x", 1, 4, 6, 6), input("z", 5, 3), input("q", 7, 1, 2)],
    constants: {
      w: floats([8, 2, 3, 3]),
      t: floats([4, 2, 2, 2]),
      g: floats([3, 10]),
      r: floats([1, 8, 2]),
      h: floats([1, 8, 2]),
    },
    nodes: [
      node("Conv", ["x", "w"], "conv", { group: 2 }),
      node("ConvTranspose", ["x", "t"], "up", { group: 2, strides: [2, 2] }),
      node("Gemm", ["z", "g"], "gemm"),
      node("MatMul", ["z", "g"], "product"),
      node("Einsum", ["z", "g"], "sum", { equation: "ij,jk->ik" }),
      node("LSTM", ["q", "r", "h"], "lstm", { hidden_size: 2 }),
      node("Relu", ["conv"], "relu"),
    ],
    outputNames: ["relu", "up", "gemm", "product", "sum", "lstm"],
  });
  assertEquals(
    Object.fromEntries(model.nodes.map((one) => [one.outputs[0], countMacs(model, one)])),
    {
      conv: 8 * 4 * 4 * 2 * 9,
      up: 4 * 36 * 2 * 4,
      gemm: 5 * 3 * 10,
      product: 5 * 3 * 10,
      sum: 5 * 3 * 10,
      lstm: 7 * (16 + 16),
      relu: 0,
    },
  );
});

Deno.test("countParameters() counts shared weights once and settings never", async () => {
  const model = await build({
    inputs: [input("x", 1, 4)],
    constants: { w: floats([4, 4]), b: floats([4]), low: scalar(0) },
    nodes: [
      node("Gemm", ["x", "w", "b"], "h"),
      node("Clip", ["h", "low"], "c"),
      node("Gemm", ["c", "w"], "y"),
    ],
    outputNames: ["y"],
  });
  assertEquals(countParameters(model), 20);
  assertEquals(model.nodes.map((one) => countParameters(model, one)), [20, 0, 16]);
});
