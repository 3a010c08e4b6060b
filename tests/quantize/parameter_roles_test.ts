import { assertEquals } from "@std/assert";
import { parameterRoles } from "../../src/quantize/mod.ts";
import { floats, node, smallModel } from "./small_model.ts";

const VECTOR = floats([2], [1, 2]);
const SCALAR = floats([], [6]);

Deno.test("parameterRoles() tells weights, biases and other constants apart", () => {
  const model = smallModel({
    inputs: { x: [1, 2] },
    outputs: ["y"],
    nodes: [
      node("Conv", ["x", "conv.w", "conv.b"], ["a"]),
      node("PRelu", ["a", "slope"], ["b"]),
      node("BatchNormalization", ["b", "gamma", "beta", "mean", "variance"], ["c"]),
      node("Add", ["c", "added"], ["d"]),
      node("Clip", ["d", "low", "high"], ["e"]),
      node("Gemm", ["e", "gemm.w", "gemm.b"], ["f"]),
      node("Pow", ["f", "exponent"], ["g"]),
      node("Resize", ["g", "", "scales"], ["h"]),
      node("MatMul", ["left", "h"], ["i"]),
      node("Gather", ["table", "i"], ["y"]),
    ],
    constants: {
      ...Object.fromEntries(
        [
          ["low", "high", "exponent", "scales", "unread"],
          ["conv.w", "conv.b", "slope", "gamma", "beta", "mean", "variance"],
          ["added", "gemm.w", "gemm.b", "left", "table"],
        ].flat().map((name) => [name, name === "high" ? SCALAR : VECTOR]),
      ),
    },
    values: { y: [1, 2] },
  });
  assertEquals(Object.fromEntries(parameterRoles(model)), {
    "conv.w": "weight",
    "conv.b": "bias",
    slope: "weight",
    gamma: "weight",
    beta: "bias",
    added: "constant",
    "gemm.w": "weight",
    "gemm.b": "bias",
    left: "weight",
    table: "weight",
  });
});

Deno.test("parameterRoles() leaves integers and empty tensors alone", () => {
  const model = smallModel({
    inputs: { x: [1] },
    outputs: ["y"],
    nodes: [
      node("Add", ["x", "integers"], ["a"]),
      node("Add", ["a", "empty"], ["y"]),
    ],
    constants: {
      integers: { dtype: "int32", shape: [1], data: Int32Array.of(1) },
      empty: floats([0], []),
    },
    values: { y: [1] },
  });
  assertEquals(parameterRoles(model).size, 0);
});

Deno.test("parameterRoles() takes the heavier role of a tensor with two", () => {
  const model = smallModel({
    inputs: { x: [2, 2] },
    outputs: ["y"],
    nodes: [
      node("Gemm", ["x", "other", "shared"], ["a"]),
      node("MatMul", ["a", "shared"], ["y"]),
    ],
    constants: { shared: floats([2, 2], [1, 2, 3, 4]), other: floats([2, 2], [1, 2, 3, 4]) },
    values: { y: [2, 2] },
  });
  assertEquals(parameterRoles(model).get("shared"), "weight");
});
