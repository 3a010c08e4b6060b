import { assertEquals } from "@std/assert";
import type { Node } from "../../src/graph/mod.ts";
import { channelAxis } from "../../src/quantize/channel_axis.ts";
import { floats, node, smallModel } from "./small_model.ts";

function axis(reader: Node, shape: readonly number[]): number | undefined {
  const values = Array(shape.reduce((a, b) => a * b, 1)).fill(1);
  return channelAxis(
    smallModel({
      inputs: { x: [1] },
      outputs: ["y"],
      nodes: [reader],
      constants: { w: floats(shape, values) },
      values: { y: [1] },
    }),
    "w",
  );
}

Deno.test("channelAxis() finds the output channels of a weight", () => {
  const one = { type: "int", value: 1 } as const;
  assertEquals(axis(node("Conv", ["x", "w"], ["y"]), [4, 2, 3, 3]), 0);
  assertEquals(axis(node("Conv", ["x", "k", "w"], ["y"]), [4]), 0);
  assertEquals(axis(node("ConvTranspose", ["x", "w"], ["y"]), [4, 2, 3, 3]), 1);
  const grouped = { group: { type: "int", value: 4 } } as const;
  assertEquals(axis(node("ConvTranspose", ["x", "w"], ["y"], grouped), [4, 2, 3, 3]), 1);
  assertEquals(axis(node("ConvTranspose", ["x", "w"], ["y"], grouped), [8, 1, 3, 3]), 1);
  assertEquals(axis(node("ConvTranspose", ["x", "w"], ["y"], grouped), [4, 1, 3, 3]), 0);
  assertEquals(axis(node("Gemm", ["x", "w"], ["y"]), [4, 2]), 1);
  assertEquals(axis(node("Gemm", ["x", "w"], ["y"], { transB: one }), [4, 2]), 0);
  assertEquals(axis(node("Gemm", ["w", "x"], ["y"]), [4, 2]), 0);
  assertEquals(axis(node("Gemm", ["w", "x"], ["y"], { transA: one }), [4, 2]), 1);
  assertEquals(axis(node("MatMul", ["x", "w"], ["y"]), [5, 4, 2]), 2);
  assertEquals(axis(node("MatMul", ["w", "x"], ["y"]), [5, 4, 2]), 1);
  assertEquals(axis(node("Add", ["x", "w"], ["y"]), [4, 2]), undefined);
  assertEquals(axis(node("Add", ["x", "v"], ["y"]), [4, 2]), undefined);
});
