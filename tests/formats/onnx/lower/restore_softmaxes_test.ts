import { assertEquals, assertStrictEquals } from "@std/assert";
import { restoreSoftmaxes } from "../../../../src/formats/onnx/lower/restore_softmaxes.ts";
import { referenceDense } from "../../../../src/tensor/mod.ts";
import { modelOf, nodeOf } from "../_model.ts";

const RECORD = { input: "x", shape: "s", matrix: "m", result: "r", output: "y" };

/** What lowering leaves of a softmax, the Shape folded to a constant. */
function flattened(shape: readonly number[]) {
  const data = BigInt64Array.from(shape, BigInt);
  return modelOf({
    nodes: [
      nodeOf("Flatten", ["x"], ["m"], { axis: { type: "int", value: 1 } }),
      nodeOf("Softmax", ["m"], ["r"], { axis: { type: "int", value: -1 } }),
      nodeOf("Reshape", ["r", "s"], ["y"]),
    ],
    shapes: { x: shape, m: [], r: [], y: shape },
    initializers: new Map([
      ["s", referenceDense("s", { dtype: "int64", shape: [shape.length], data })],
    ]),
  });
}

Deno.test("restoreSoftmaxes() takes the pair away where the axis is the last or ones follow", () => {
  const cases: readonly (readonly [readonly number[], number, number])[] = [
    [[1, 10], 1, 1],
    [[1, 3, 5], 2, 2],
    [[1, 3, 5], -1, 2],
    [[1, 1000, 1, 1], 1, 1],
    [[1, 1000, 1, 1], -3, 1],
  ];
  for (const [shape, axis, expected] of cases) {
    const model = restoreSoftmaxes(flattened(shape), [{ ...RECORD, axis }]);
    assertEquals(model.nodes, [
      { ...nodeOf("Softmax", ["x"], ["y"], { axis: { type: "int", value: expected } }), name: "r" },
    ]);
    assertEquals([...model.values.keys()], ["x", "y"]);
    assertEquals(model.initializers.size, 0);
  }
});

Deno.test("restoreSoftmaxes() keeps the pair where it changes the result", () => {
  const model = flattened([1, 3, 5]);
  for (const axis of [0, 1, -2, 3]) {
    assertStrictEquals(restoreSoftmaxes(model, [{ ...RECORD, axis }]), model);
  }
});

Deno.test("restoreSoftmaxes() passes over a softmax that was folded away", () => {
  const model = modelOf({
    nodes: [nodeOf("Relu", ["x"], ["y"])],
    shapes: { x: [1, 2], y: [1, 2] },
  });
  assertStrictEquals(restoreSoftmaxes(model, [{ ...RECORD, axis: 1 }]), model);
});
