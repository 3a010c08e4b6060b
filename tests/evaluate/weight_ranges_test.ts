import { assertEquals } from "@std/assert";
import { weightRanges } from "../../src/evaluate/mod.ts";
import { floats, node, smallModel } from "../quantize/small_model.ts";

Deno.test("weightRanges() gives the ends of each output channel, along the axis of the layer", async () => {
  const model = smallModel({
    inputs: { x: [1, 2, 1, 1] },
    outputs: ["y"],
    nodes: [
      node("Conv", ["x", "w"], ["c"]),
      node("ConvTranspose", ["c", "t"], ["d"]),
      node("Flatten", ["d"], ["f"]),
      node("MatMul", ["f", "m"], ["y"]),
    ],
    constants: {
      w: floats([3, 2, 1, 1], [1, -2, 0, 0.5, 3, 4]),
      t: floats([3, 2, 1, 1], [1, -2, 3, -4, 5, -6]),
      m: floats([2, 2], [0.25, -1, 0.5, -2]),
    },
    values: { c: [1, 3, 1, 1], d: [1, 2, 1, 1], f: [1, 2], y: [1, 2] },
  });
  assertEquals(await weightRanges(model), [
    { layer: "c/node", operator: "Conv", weight: "w", axis: 0, min: [-2, 0, 3], max: [1, 0.5, 4] },
    {
      layer: "d/node",
      operator: "ConvTranspose",
      weight: "t",
      axis: 1,
      min: [1, -6],
      max: [5, -2],
    },
    { layer: "y/node", operator: "MatMul", weight: "m", axis: 1, min: [0.25, -2], max: [0.5, -1] },
  ]);
});
