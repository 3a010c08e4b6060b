import { assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../../src/errors.ts";
import type { DataType, DenseTensor } from "../../../src/tensor/mod.ts";
import { fromNumbers } from "../../../src/graph/constants/constant_values.ts";
import { build, elementsOf, floats, input, listNodes, node, scalar } from "../graph_builder.ts";

function stored(
  dtype: DataType,
  shape: readonly number[],
  elements: readonly number[],
): DenseTensor {
  const tensor = fromNumbers(elements, { dtype, shape });
  if (tensor === undefined) throw new Error("numbers do not fit");
  return tensor;
}

/** A convolution as ONNX Runtime's quantizer leaves it: pairs around it, stored weight and bias. */
function quantizedConv(type: "uint8" | "int8", weightScales: readonly number[]) {
  const channels = weightScales.length;
  const perChannel = channels > 1;
  const zero = type === "uint8" ? 128 : 0;
  const scaleShape = perChannel ? [channels] : [];
  const zeros = new Array<number>(channels).fill(zero);
  return {
    inputs: [input("x", 1, 1, 2, 2)],
    constants: {
      xs: scalar(0.5),
      xz: stored(type, [], [type === "uint8" ? 100 : -28]),
      ws: floats(scaleShape, weightScales),
      wz: stored(type, scaleShape, zeros),
      wq: stored(type, [2, 1, 1, 1], [zero + 3, zero - 5]),
      bs: floats(scaleShape, weightScales.map((scale) => scale / 2)),
      bq: stored("int32", [2], [10, -20]),
      ys: scalar(0.25),
      yz: stored(type, [], [zero]),
    },
    nodes: [
      node("QuantizeLinear", ["x", "xs", "xz"], "xq"),
      node("DequantizeLinear", ["xq", "xs", "xz"], "xd"),
      node("DequantizeLinear", ["wq", "ws", "wz"], "w", { axis: 0 }),
      node("DequantizeLinear", ["bq", "bs"], "b", { axis: 0 }),
      node("Conv", ["xd", "w", "b"], "c"),
      node("QuantizeLinear", ["c", "ys", "yz"], "yq"),
      node("DequantizeLinear", ["yq", "ys", "yz"], "y"),
    ],
    outputNames: ["y"],
  };
}

Deno.test("liftQuantizeNodes() turns the pairs around a convolution into encodings", async () => {
  const model = await build(quantizedConv("uint8", [0.125]));
  assertEquals(listNodes(model), ["Conv(x,w,b)->y"]);
  assertEquals(Object.fromEntries(model.overrides.activations), {
    x: {
      encodings: [
        { bitwidth: 8, min: -50, max: 77.5, scale: 0.5, offset: -100, symmetric: false },
      ],
    },
    y: {
      encodings: [
        { bitwidth: 8, min: -32, max: 31.75, scale: 0.25, offset: -128, symmetric: false },
      ],
    },
  });
  assertEquals(Object.fromEntries(model.overrides.parameters), {
    w: {
      encodings: [
        { bitwidth: 8, min: -16, max: 15.875, scale: 0.125, offset: -128, symmetric: false },
      ],
    },
    b: {
      encodings: [{
        bitwidth: 32,
        min: -0.0625 * 2 ** 31,
        max: 0.0625 * (2 ** 31 - 1),
        scale: 0.0625,
        offset: -(2 ** 31),
        symmetric: true,
      }],
    },
  });
  assertEquals(await elementsOf(model, "w"), [0.375, -0.625]);
  assertEquals(await elementsOf(model, "b"), [0.625, -1.25]);
});

Deno.test("liftQuantizeNodes() gives int8 with zero point 0 the offset -128", async () => {
  const model = await build(quantizedConv("int8", [0.125]));
  const grid = (
    { offset, symmetric }: { offset: number; symmetric: boolean },
  ) => [offset, symmetric];
  assertEquals(model.overrides.parameters.get("w")?.encodings.map(grid), [[-128, true]]);
  assertEquals(model.overrides.activations.get("x")?.encodings.map(grid), [[-100, false]]);
});

Deno.test("liftQuantizeNodes() keeps the axis of encodings per channel", async () => {
  const model = await build(quantizedConv("int8", [0.125, 2]));
  const weight = model.overrides.parameters.get("w");
  assertEquals(weight?.axis, 0);
  assertEquals(weight?.encodings.map(({ scale }) => scale), [0.125, 2]);
  assertEquals(await elementsOf(model, "w"), [0.375, -10]);
  assertEquals(model.overrides.parameters.get("b")?.axis, 0);
});

Deno.test("liftQuantizeNodes() carries an encoding through a Transpose of the weight", async () => {
  const model = await build({
    inputs: [input("x", 1, 3)],
    constants: {
      q: stored("int8", [2, 3], [1, 2, 3, 4, 5, 6]),
      s: floats([2], [1, 10]),
    },
    nodes: [
      node("DequantizeLinear", ["q", "s"], "d", { axis: 0 }),
      node("Transpose", ["d"], "w"),
      node("MatMul", ["x", "w"], "y"),
    ],
    outputNames: ["y"],
  });
  assertEquals(model.overrides.parameters.get("w")?.axis, 1);
  assertEquals(await elementsOf(model, "w"), [1, 40, 2, 50, 3, 60]);
});

Deno.test("liftQuantizeNodes() overrides a float weight behind a pair, and does not change it", async () => {
  const model = await build({
    inputs: [input("x", 1, 2)],
    constants: { w: floats([2, 1], [0.3, 0.7]), s: scalar(0.5), z: stored("int8", [], [0]) },
    nodes: [
      node("QuantizeLinear", ["w", "s", "z"], "q"),
      node("DequantizeLinear", ["q", "s", "z"], "d"),
      node("MatMul", ["x", "d"], "y"),
    ],
    outputNames: ["y"],
  });
  assertEquals(listNodes(model), ["MatMul(x,w)->y"]);
  assertEquals(model.overrides.parameters.get("w")?.encodings[0]?.scale, 0.5);
  assertEquals(await elementsOf(model, "w"), [0.3, 0.7].map(Math.fround));
});

Deno.test("liftQuantizeNodes() keeps the names of outputs that are also read inside", async () => {
  const model = await build({
    inputs: [input("x", 2)],
    constants: { s: scalar(0.5), z: stored("uint8", [], [3]) },
    nodes: [
      node("Relu", ["x"], "r"),
      node("QuantizeLinear", ["r", "s", "z"], "q"),
      node("DequantizeLinear", ["q", "s", "z"], "d"),
      node("Neg", ["d"], "n"),
    ],
    outputNames: ["r", "d", "n"],
  });
  assertEquals(listNodes(model), ["Relu(x)->r", "Identity(r)->d", "Neg(d)->n"]);
  assertEquals([...model.overrides.activations.keys()], ["r", "d"]);
});

Deno.test("liftQuantizeNodes() leaves pairs that do not agree and second encodings of a value", async () => {
  const parts = (second: number) => ({
    inputs: [input("x", 2)],
    constants: {
      s: scalar(0.5),
      t: scalar(second),
      z: stored("uint8", [], [3]),
    },
    outputNames: ["y"],
  });
  const unequal = await build({
    ...parts(0.25),
    nodes: [
      node("QuantizeLinear", ["x", "s", "z"], "q"),
      node("DequantizeLinear", ["q", "t", "z"], "y"),
    ],
  });
  assertEquals(unequal.nodes.length, 2);
  assertEquals(unequal.overrides.activations.size, 0);
  const chained = await build({
    ...parts(0.25),
    nodes: [
      node("QuantizeLinear", ["x", "s", "z"], "q"),
      node("DequantizeLinear", ["q", "s", "z"], "d"),
      node("QuantizeLinear", ["d", "t", "z"], "p"),
      node("DequantizeLinear", ["p", "t", "z"], "y"),
    ],
  });
  assertEquals(listNodes(chained), ["QuantizeLinear(x,t,z)->p", "DequantizeLinear(p,t,z)->y"]);
  assertEquals(chained.overrides.activations.get("x")?.encodings[0]?.scale, 0.5);
});

Deno.test("liftQuantizeNodes() refuses a scale that is not positive", async () => {
  const error = await assertRejects(() =>
    build({
      inputs: [input("x", 2)],
      constants: { s: scalar(0), z: stored("uint8", [], [3]) },
      nodes: [
        node("QuantizeLinear", ["x", "s", "z"], "q"),
        node("DequantizeLinear", ["q", "s", "z"], "y"),
      ],
      outputNames: ["y"],
    }), FormatError);
  assertEquals(
    error.message,
    'Cannot use node "node_y" (DequantizeLinear): its scale 0 is 0, expected a positive number',
  );
});
