import { assertEquals } from "@std/assert";
import { type FloatBitwidth, spreadFloats } from "../../src/quantize/spread_floats.ts";
import { convolutionModel, floats, node, smallModel } from "./small_model.ts";

const MODEL = convolutionModel();

function spread(
  tensors: Readonly<Record<string, FloatBitwidth>>,
  options: { biasBitwidth?: FloatBitwidth } = {},
): Record<string, number> {
  return Object.fromEntries(spreadFloats(MODEL, new Map(Object.entries(tensors)), options));
}

Deno.test("spreadFloats() makes output, weight and bias of a layer float together", () => {
  const layer = { conv: 16, w: 16, b: 16 };
  assertEquals(spread({ w: 16 }), layer);
  assertEquals(spread({ b: 16 }), layer);
  assertEquals(spread({ conv: 16 }), layer);
  assertEquals(spread({ y: 32 }), { y: 32, v: 32 });
});

Deno.test("spreadFloats() leaves other operators and their inputs alone", () => {
  assertEquals(spread({ relu: 16, flat: 32 }), { relu: 16, flat: 32 });
  assertEquals(spread({}), {});
});

Deno.test("spreadFloats() takes the wider of two widths, and that of biases apart", () => {
  assertEquals(spread({ w: 16, conv: 32 }), { w: 32, conv: 32, b: 32 });
  assertEquals(spread({ w: 16 }, { biasBitwidth: 32 }), { w: 16, conv: 16, b: 32 });
});

Deno.test("spreadFloats() goes on over shared weights", () => {
  const model = smallModel({
    inputs: { x: [1, 2] },
    outputs: ["z"],
    nodes: [node("Gemm", ["y", "w", "b"], ["z"]), node("MatMul", ["x", "w"], ["y"])],
    constants: { w: floats([2, 2], [1, 2, 3, 4]), b: floats([2], [1, 2]) },
    values: { y: [1, 2], z: [1, 2] },
  });
  assertEquals(
    [...spreadFloats(model, new Map([["y", 16]]))].sort(),
    [["b", 16], ["w", 16], ["y", 16], ["z", 16]],
  );
});
