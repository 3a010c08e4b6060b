import { assertEquals } from "@std/assert";
import type { DenseTensor } from "../../../src/tensor/mod.ts";
import { constantIntegers, constantNumbers, type Node } from "../../../src/graph/mod.ts";
import { build, float, floats, integers, node, scalar } from "../graph_builder.ts";

/** Folds nodes over constants and gives the constant that the output "y" passes on. */
async function fold(
  nodes: readonly Node[],
  constants: Readonly<Record<string, DenseTensor>> = {},
): Promise<readonly number[] | undefined> {
  const model = await build({ nodes, constants, outputNames: ["y"] });
  return constantNumbers(model, model.nodes[0]?.inputs[0] ?? "");
}

const INDEX: DenseTensor = { dtype: "int64", shape: [], data: BigInt64Array.of(-1n) };

Deno.test("evaluateConstant() computes the shape arithmetic of exporters", async () => {
  const model = await build({
    inputs: [{ name: "x", dtype: "float32", shape: [2, 3, 4, 5] }],
    constants: { last: INDEX, zero: integers(0), minus: integers(-1) },
    nodes: [
      node("Shape", ["x"], "shape"),
      node("Gather", ["shape", "last"], "width"),
      node("Unsqueeze", ["width", "zero"], "widths"),
      node("Concat", ["widths", "minus"], "target", { axis: 0 }),
      node("Reshape", ["x", "target"], "y"),
    ],
    outputNames: ["y"],
  });
  assertEquals(model.nodes.map(({ operator }) => operator), ["Reshape"]);
  assertEquals(constantIntegers(model, "target"), [5, -1]);
  assertEquals(model.outputs[0]?.shape, [5, 24]);
});

Deno.test("evaluateConstant() divides integers toward zero and takes the divisor's sign in Mod", async () => {
  const constants = { a: integers(-7, 7, 7), b: integers(2, -2, 2) };
  assertEquals(await fold([node("Div", ["a", "b"], "y")], constants), [-3, -3, 3]);
  assertEquals(await fold([node("Mod", ["a", "b"], "y")], constants), [1, -1, 1]);
  assertEquals(await fold([node("Mod", ["a", "b"], "y", { fmod: 1 })], constants), [-1, 1, 1]);
});

Deno.test("evaluateConstant() broadcasts", async () => {
  const a: DenseTensor = { ...integers(10, 20), shape: [2, 1] };
  const constants = { a, b: integers(1, 2, 3) };
  assertEquals(await fold([node("Add", ["a", "b"], "y")], constants), [11, 12, 13, 21, 22, 23]);
});

Deno.test("evaluateConstant() rounds ties to even", async () => {
  const x = { ...scalar(0), shape: [5], data: Float32Array.of(-1.5, -0.5, 0.5, 1.5, 2.5) };
  assertEquals(await fold([node("Round", ["x"], "y")], { x }), [-2, -0, 0, 2, 2]);
});

Deno.test("evaluateConstant() moves elements", async () => {
  const x: DenseTensor = { ...integers(1, 2, 3, 4, 5, 6), shape: [2, 3] };
  const constants = {
    x,
    two: integers(2, 1),
    start: integers(-1),
    end: integers(-(2 ** 40)),
    axis: integers(1),
    step: integers(-2),
    wide: integers(2, 2, 3),
  };
  assertEquals(await fold([node("Transpose", ["x"], "y")], constants), [1, 4, 2, 5, 3, 6]);
  assertEquals(
    await fold([node("Slice", ["x", "start", "end", "axis", "step"], "y")], constants),
    [3, 1, 6, 4],
  );
  assertEquals(
    await fold([node("Tile", ["x", "two"], "y")], constants),
    [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6],
  );
  assertEquals(
    await fold([node("Expand", ["x", "wide"], "y")], constants),
    [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6],
  );
  assertEquals(
    await fold([node("Split", ["x"], ["z", "y"], { axis: 1, num_outputs: 2 })], constants),
    [3, 6],
  );
  assertEquals(
    await fold([node("Concat", ["x", "x"], "y", { axis: 1 })], constants),
    [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6],
  );
});

Deno.test("evaluateConstant() keeps 64-bit integers exact where it only moves them", async () => {
  const big = 2n ** 63n - 1n;
  const x: DenseTensor = { dtype: "int64", shape: [1], data: BigInt64Array.of(big) };
  const model = await build({
    inputs: [{ name: "d", dtype: "float32", shape: [9] }],
    constants: { x, zero: integers(0) },
    nodes: [
      node("Concat", ["x"], "end", { axis: 0 }),
      node("Slice", ["d", "zero", "end"], "y"),
    ],
    outputNames: ["y"],
  });
  assertEquals(model.outputs[0]?.shape, [9]);
  assertEquals(constantIntegers(model, "end"), [Number.MAX_SAFE_INTEGER]);
  const data = model.initializers.get("end")?.storage;
  assertEquals(data?.kind === "bytes" && new BigInt64Array(data.bytes.slice().buffer)[0], big);
});

Deno.test("evaluateConstant() leaves a node in the graph where integers are not exact", async () => {
  const x: DenseTensor = { dtype: "int64", shape: [1], data: BigInt64Array.of(2n ** 62n) };
  const model = await build({
    constants: { x },
    nodes: [node("Add", ["x", "x"], "y")],
    outputNames: ["y"],
  });
  assertEquals(model.nodes.map(({ operator }) => operator), ["Add"]);
});

Deno.test("evaluateConstant() fills, counts and reduces", async () => {
  const constants = { shape: integers(2, 3), a: INDEX, axes: integers(0), x: floats([2, 3]) };
  assertEquals(
    await fold([
      node("ConstantOfShape", ["shape"], "f"),
      node("Cast", ["f"], "y", { to: 7 }),
    ], constants),
    [0, 0, 0, 0, 0, 0],
  );
  assertEquals(await fold([node("Size", ["x"], "y")], constants), [6]);
  assertEquals(await fold([node("ReduceProd", ["shape"], "y", { keepdims: 0 })], constants), [6]);
  assertEquals(await fold([node("ReduceSum", ["x", "axes"], "y")], constants), [5, 7, 9]);
  assertEquals(
    await fold([
      node("Constant", [], "from", { value_int: 3 }),
      node("Constant", [], "to", { value_int: -4 }),
      node("Constant", [], "by", { value_int: -3 }),
      node("Range", ["from", "to", "by"], "y"),
    ]),
    [3, 0, -3],
  );
  assertEquals(
    await fold([
      node("Constant", [], "c", { value_floats: { type: "floats", value: [1, 0, 0.5] } }),
      node("NonZero", ["c"], "y"),
    ]),
    [0, 2],
  );
  assertEquals(
    await fold([
      node("Constant", [], "c", { value_float: float(2) }),
      node("Sqrt", ["c"], "y"),
    ]),
    [Math.fround(Math.SQRT2)],
  );
});

Deno.test("evaluateConstant() chooses by condition", async () => {
  const constants = { a: integers(1, 5), b: integers(3, 3) };
  assertEquals(
    await fold([
      node("Less", ["a", "b"], "c"),
      node("Where", ["c", "a", "b"], "y"),
    ], constants),
    [1, 3],
  );
});
