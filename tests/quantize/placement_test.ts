import { assertEquals } from "@std/assert";
import type { Node } from "../../src/graph/mod.ts";
import { placement } from "../../src/quantize/mod.ts";
import { convolutionModel, floats, node, type SmallModel, smallModel } from "./small_model.ts";

const SHAPE = [1, 2, 2, 2];

/** Places a chain of nodes behind input `x`; every output is float32 unless given. */
function place(nodes: readonly Node[], others: Partial<SmallModel> = {}) {
  const names = nodes.flatMap(({ outputs }) => outputs);
  const model = smallModel({
    inputs: { x: SHAPE },
    outputs: [names.at(-1) ?? ""],
    nodes,
    ...others,
    values: { ...Object.fromEntries(names.map((name) => [name, SHAPE])), ...others.values },
  });
  const { observed, passedOn, joined } = placement(model);
  return { observed: [...observed], passedOn: Object.fromEntries(passedOn), joined };
}

Deno.test("placement() gives a fused activation the encoding of its convolution", () => {
  const { observed, passedOn } = placement(convolutionModel());
  assertEquals([...observed], ["x", "relu", "y"]);
  assertEquals(Object.fromEntries(passedOn), { pool: "relu", flat: "pool" });
});

Deno.test("placement() can give both an encoding, as SNPE's log shows", () => {
  const { observed } = placement(convolutionModel(), { separateActivations: true });
  assertEquals([...observed], ["x", "conv", "relu", "y"]);
});

Deno.test("placement() passes encodings on through operators that move data", () => {
  for (
    const operator of [
      "DepthToSpace",
      "Dropout",
      "Expand",
      "Flatten",
      "Gather",
      "GlobalMaxPool",
      "Identity",
      "MaxPool",
      "Reshape",
      "Resize",
      "Slice",
      "SpaceToDepth",
      "Squeeze",
      "Tile",
      "Transpose",
      "Unsqueeze",
    ]
  ) {
    assertEquals(place([node(operator, ["x"], ["y"])]).passedOn, { y: "x" }, operator);
  }
  const chain = [node("Sigmoid", ["x"], ["a"]), node("Reshape", ["a"], ["b"])];
  assertEquals(place([...chain, node("Split", ["b"], ["c", "d"])]).passedOn, {
    b: "a",
    c: "b",
    d: "b",
  });
});

Deno.test("placement() observes what computes new values", () => {
  for (const operator of ["AveragePool", "Sigmoid", "Softmax", "ReduceMean", "Clip"]) {
    assertEquals(place([node(operator, ["x"], ["y"])]).observed, ["x", "y"], operator);
  }
  const linear = { mode: { type: "string", value: "linear" } } as const;
  assertEquals(place([node("Resize", ["x"], ["y"], linear)]).observed, ["x", "y"]);
});

Deno.test("placement() passes on through padding with zero or with values, not with a constant", () => {
  const constants = { one: floats([], [1]), zero: floats([], [0]) };
  const reflect = { mode: { type: "string", value: "reflect" } } as const;
  assertEquals(place([node("Pad", ["x", "p"], ["y"])]).passedOn, { y: "x" });
  assertEquals(place([node("Pad", ["x", "p", "zero"], ["y"])], { constants }).passedOn, { y: "x" });
  assertEquals(place([node("Pad", ["x", "p"], ["y"], reflect)]).passedOn, { y: "x" });
  assertEquals(place([node("Pad", ["x", "p", "one"], ["y"])], { constants }).passedOn, {});
});

Deno.test("placement() passes on through ceilings of channels, unless all are lower than the range", () => {
  const clipped = (ceilings: readonly number[], ...more: readonly string[]) => {
    const chain = [
      node("Clip", ["x", "zero", "six"], ["a"]),
      node("Min", ["a", "ceilings", ...more], ["y"]),
    ];
    const constants = {
      ...{ zero: floats([], [0]), six: floats([], [6]) },
      ceilings: floats([ceilings.length, 1, 1], ceilings),
    };
    return place(chain, { constants }).passedOn;
  };
  assertEquals(clipped([6, 2]), { y: "a" });
  assertEquals(clipped([2, 7]), { y: "a" });
  assertEquals(clipped([5, 2]), {});
  assertEquals(clipped([6, 2], "x"), {});
  const constants = { ceilings: floats([2, 1, 1], [6, 2]) };
  assertEquals(place([node("Min", ["x", "ceilings"], ["y"])], { constants }).passedOn, {});
});

Deno.test("placement() leaves integer values without an encoding", () => {
  const { observed, passedOn } = place([
    node("ArgMax", ["x"], ["index"]),
    node("Reshape", ["index"], ["flat"]),
    node("Cast", ["flat"], ["y"]),
  ], {
    values: {
      index: { dtype: "int64", shape: [1] },
      flat: { dtype: "int64", shape: [1] },
      y: [1],
    },
  });
  assertEquals(observed, ["x", "y"]);
  assertEquals(passedOn, {});
});

Deno.test("placement() leaves what a detector finds float", () => {
  const found = node("DetectionOutput", ["x", "x", "x"], ["scores", "boxes"]);
  assertEquals(place([found]).observed, ["x"]);
});

Deno.test("placement() observes a gathered constant", () => {
  const constants = { table: floats([2], [1, 2]) };
  assertEquals(place([node("Gather", ["table", "x"], ["y"])], { constants }).observed, ["x", "y"]);
});

Deno.test("placement() lists what joined values are made of", () => {
  const { observed, joined } = place([
    node("Sigmoid", ["x"], ["a"]),
    node("Transpose", ["a"], ["b"]),
    node("Concat", ["x", "b"], ["y"]),
  ]);
  assertEquals(observed, ["x", "a", "y"]);
  assertEquals([...joined], [["y", ["x", "b"]]]);
  const constants = { c: floats(SHAPE, [1, 2, 3, 4, 5, 6, 7, 8]) };
  assertEquals(place([node("Concat", ["x", "c"], ["y"])], { constants }).joined.size, 0);
});
