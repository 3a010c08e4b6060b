import { assertEquals, assertThrows } from "@std/assert";
import { encodeOnnx } from "../../../../src/formats/onnx/mod.ts";
import { referenceDense } from "../../../../src/tensor/mod.ts";
import { attribute, floats, message, node, tensor, value } from "../_proto.ts";

Deno.test("encodeOnnx() writes a ModelProto of IR version 10", () => {
  const bytes = encodeOnnx({
    name: "small",
    nodes: [{
      name: "n",
      operator: "Gemm",
      inputs: ["x", "w"],
      outputs: ["y"],
      attributes: {
        alpha: { type: "float", value: 0.5 },
        transB: { type: "int", value: 1 },
        axes: { type: "ints", value: [0, -1] },
        scales: { type: "floats", value: [1, 2] },
        mode: { type: "string", value: "ä" },
        names: { type: "strings", value: ["a", "b"] },
        value: {
          type: "tensor",
          value: referenceDense("t", { dtype: "int8", shape: [2], data: Int8Array.of(-1, 2) }),
        },
      },
    }],
    inputs: [{ name: "x", dtype: "float32", shape: [1, 2] }],
    outputs: [{ name: "y", dtype: "float32", shape: [1, 1] }],
    initializers: new Map([
      ["w", { dtype: "float32", shape: [1, 2], data: Float32Array.of(3, 4) }],
    ]),
  });
  const gemm = node("Gemm", ["x", "w"], ["y"], {
    name: "n",
    attributes: [
      attribute("alpha", { float: 0.5 }),
      attribute("transB", 1),
      attribute("axes", [0, -1]),
      attribute("scales", { floats: [1, 2] }),
      attribute("mode", "ä"),
      message([1, "names"], [9, "a"], [9, "b"], [20, 8]),
      message([1, "value"], [5, message([1, 2], [2, 3], [8, "t"], [9, Uint8Array.of(255, 2)])], [
        20,
        4,
      ]),
    ],
  });
  const weight = message([1, 1], [1, 2], [2, 1], [8, "w"], [
    9,
    new Uint8Array(Float32Array.of(3, 4).buffer),
  ]);
  const graph = message(
    [1, gemm],
    [2, "small"],
    [5, weight],
    [11, value("x", [1, 2])],
    [12, value("y", [1, 1])],
  );
  const expected = message([1, 10], [2, "dlcstream"], [8, message([1, ""], [2, 21])], [7, graph]);
  assertEquals(bytes, expected);
});

Deno.test("encodeOnnx() packs 4-bit integers, the first in the low nibble", () => {
  const bytes = encodeOnnx({
    name: "",
    nodes: [],
    inputs: [],
    outputs: [],
    initializers: new Map([["w", { dtype: "int4", shape: [3], data: Int8Array.of(1, -1, 7) }]]),
    opset: 22,
  });
  const weight = message([1, 3], [2, 22], [8, "w"], [9, Uint8Array.of(0xf1, 0x07)]);
  assertEquals(
    bytes,
    message([1, 10], [2, "dlcstream"], [8, message([1, ""], [2, 22])], [
      7,
      message([2, ""], [5, weight]),
    ]),
  );
  // The helpers that tests build files with agree on a whole tensor.
  assertEquals(floats("a", [1], [1]), tensor("a", 1, [1], [9, Uint8Array.of(0, 0, 0x80, 0x3f)]));
});

Deno.test("encodeOnnx() refuses data that does not fit the shape", () => {
  const error = assertThrows(
    () =>
      encodeOnnx({
        name: "",
        nodes: [],
        inputs: [],
        outputs: [],
        initializers: new Map([["w", {
          dtype: "float32",
          shape: [2, 2],
          data: new Float32Array(3),
        }]]),
      }),
    RangeError,
  );
  assertEquals(
    error.message,
    'Cannot encode tensor "w": found 3 elements in 12 bytes, expected 4 for float32 [2, 2]',
  );
});
