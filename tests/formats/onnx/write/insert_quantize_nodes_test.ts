import { assertEquals, assertThrows } from "@std/assert";
import { UnsupportedError } from "../../../../src/errors.ts";
import { insertQuantizeNodes } from "../../../../src/formats/onnx/write/insert_quantize_nodes.ts";
import type { Model } from "../../../../src/graph/mod.ts";
import {
  type DataType,
  type Encoding,
  readDense,
  referenceDense,
  type TensorEncoding,
  type TensorReference,
  viewTensor,
} from "../../../../src/tensor/mod.ts";
import { modelOf, nodeOf } from "../_model.ts";

function encode(bitwidth: number, scale: number, offset: number): Encoding {
  const max = scale * (offset + 2 ** bitwidth - 1);
  return { bitwidth, scale, offset, min: scale * offset, max, symmetric: false };
}

const one = (bitwidth: number, scale: number, offset: number): TensorEncoding => ({
  encodings: [encode(bitwidth, scale, offset)],
});

/** A weight as `quantizeModel` leaves it: float32 to a reader, with views through its codes. */
function weight(values: readonly number[], encoding: TensorEncoding, dtype: DataType = "uint8") {
  const data = Float32Array.from(values);
  const float = referenceDense("w", { dtype: "float32", shape: [2, values.length / 2], data });
  const codes = viewTensor(float, { kind: "quantize", encoding, dtype });
  return viewTensor(codes, { kind: "dequantize", encoding });
}

interface Setup {
  readonly activations?: Readonly<Record<string, TensorEncoding>>;
  readonly parameter?: TensorEncoding;
  readonly initializer?: TensorReference;
}

function gemmRelu({ activations = {}, parameter, initializer }: Setup): Model {
  return modelOf({
    nodes: [nodeOf("Gemm", ["x", "w"], ["g"]), nodeOf("Relu", ["g"], ["y"])],
    shapes: { x: [1, 2], g: [1, 2], y: [1, 2] },
    initializers: new Map([["w", initializer ?? weight([0, 1, 2, 3], one(8, 1, 0))]]),
    encodings: {
      activations: new Map(Object.entries(activations)),
      parameters: new Map(parameter === undefined ? [] : [["w", parameter]]),
    },
  });
}

async function spell(model: Model): Promise<string[]> {
  const { nodes, initializers } = insertQuantizeNodes(model);
  const constants = new Map<string, string>();
  for (const [name, reference] of initializers) {
    const { dtype, shape, data } = await readDense(reference);
    constants.set(name, `${dtype}[${shape}](${data})`);
  }
  return nodes.map(({ operator, inputs, outputs, attributes }) => {
    const axis = attributes["axis"] === undefined ? "" : ` axis=${attributes["axis"].value}`;
    const operands = inputs.map((name) => constants.get(name) ?? name);
    return `${outputs} = ${operator}(${operands.join(", ")})${axis}`;
  });
}

Deno.test("insertQuantizeNodes() leaves a float model as it is", async () => {
  const initializer = referenceDense("w", {
    dtype: "float32",
    shape: [2, 2],
    data: Float32Array.of(1, 2, 3, 4),
  });
  assertEquals(await spell(gemmRelu({ initializer })), [
    "g = Gemm(x, float32[2,2](1,2,3,4))",
    "y = Relu(g)",
  ]);
});

Deno.test("insertQuantizeNodes() quantizes inputs, values and outputs and keeps their names", async () => {
  const model = gemmRelu({
    activations: { x: one(8, 0.5, -128), g: one(8, 0.25, -3), y: one(16, 0.5, 0) },
    parameter: one(8, 0.5, -2),
    initializer: weight([-1, 0, 0.5, 1], one(8, 0.5, -2)),
  });
  assertEquals(await spell(model), [
    "w = DequantizeLinear(uint8[2,2](0,2,3,4), float32[](0.5), uint8[](2))",
    "x_quantized = QuantizeLinear(x, float32[](0.5), int8[](0))",
    "x_dequantized = DequantizeLinear(x_quantized, float32[](0.5), int8[](0))",
    "g = Gemm(x_dequantized, w)",
    "g_quantized = QuantizeLinear(g, float32[](0.25), uint8[](3))",
    "g_dequantized = DequantizeLinear(g_quantized, float32[](0.25), uint8[](3))",
    "y_float = Relu(g_dequantized)",
    "y_quantized = QuantizeLinear(y_float, float32[](0.5), uint16[](0))",
    "y = DequantizeLinear(y_quantized, float32[](0.5), uint16[](0))",
  ]);
});

Deno.test("insertQuantizeNodes() stores symmetric weights signed, a scale for each channel", async () => {
  const encoding = { axis: 0, encodings: [encode(8, 1, -128), encode(8, 0.5, -128)] };
  const model = gemmRelu({
    parameter: encoding,
    initializer: weight([-127, 3, 1, 63.5], encoding, "int8"),
  });
  assertEquals(
    (await spell(model))[0],
    [
      "w = DequantizeLinear(int8[2,2](-127,3,2,127), float32[2](1,0.5), int8[2](0,0)) axis=0",
    ][0],
  );
  const unsigned = gemmRelu({
    parameter: encoding,
    initializer: weight([-127, 3, 1, 63.5], encoding, "uint8"),
  });
  assertEquals(await spell(unsigned), await spell(model));
});

Deno.test("insertQuantizeNodes() stores 4 and 16 bits", async () => {
  const cases: readonly (readonly [TensorEncoding, DataType, string])[] = [
    [one(4, 1, 0), "uint4", "uint4[2,2](0,1,2,3), float32[](1), uint4[](0)"],
    [one(4, 1, -8), "uint4", "int4[2,2](0,1,2,3), float32[](1), int4[](0)"],
    [one(16, 0.5, -1), "uint16", "uint16[2,2](1,3,5,7), float32[](0.5), uint16[](1)"],
    [one(16, 0.5, -32768), "uint16", "int16[2,2](0,2,4,6), float32[](0.5), int16[](0)"],
  ];
  for (const [encoding, dtype, expected] of cases) {
    const model = gemmRelu({
      parameter: encoding,
      initializer: weight([0, 1, 2, 3], encoding, dtype),
    });
    assertEquals((await spell(model))[0], `w = DequantizeLinear(${expected})`);
  }
});

Deno.test("insertQuantizeNodes() leaves 32 bits as the floats of their codes", async () => {
  const encoding = one(32, 0.5, -(2 ** 31));
  const model = gemmRelu({
    parameter: encoding,
    initializer: weight([0, 1.2, 2, 3], encoding, "int32"),
  });
  assertEquals((await spell(model))[0], "g = Gemm(x, float32[2,2](0,1,2,3))");
});

Deno.test("insertQuantizeNodes() quantizes weights that stay float, but for 32 bits", async () => {
  for (
    const [bitwidth, first] of [[8, "w_quantized = QuantizeLinear"], [32, "g = Gemm"]] as const
  ) {
    const encoding = one(bitwidth, 0.5, -(2 ** (bitwidth - 1)));
    const model = gemmRelu({
      parameter: encoding,
      initializer: referenceDense("w", {
        dtype: "float32",
        shape: [2, 2],
        data: Float32Array.of(0, 1.2, 2, 3),
      }),
    });
    const encodings = { ...model.encodings, floatParameters: new Set(["w"]) };
    const [line] = await spell({ ...model, encodings });
    assertEquals(line?.startsWith(first), true, line);
    assertEquals(line?.includes("1.2000000476837158"), true, line);
  }
});

Deno.test("insertQuantizeNodes() clips where the grid does not use its last code", async () => {
  const strict: Encoding = { ...encode(8, 0.5, -127), max: 63.5, symmetric: true };
  const model = gemmRelu({ activations: { g: { encodings: [strict] } } });
  assertEquals((await spell(model)).slice(1, 4), [
    "g_clipped = Clip(g, float32[](-63.5), float32[](63.5))",
    "g_quantized = QuantizeLinear(g_clipped, float32[](0.5), uint8[](127))",
    "g_dequantized = DequantizeLinear(g_quantized, float32[](0.5), uint8[](127))",
  ]);
});

Deno.test("insertQuantizeNodes() moves limits of clips to the ends of the grid where no code changes", async () => {
  const limit = (name: string, value: number) =>
    referenceDense(name, { dtype: "float32", shape: [], data: Float32Array.of(value) });
  const model = modelOf({
    nodes: [
      nodeOf("Clip", ["x", "low", "high"], ["a"]),
      nodeOf("Clip", ["a", "low", "other"], ["y"]),
    ],
    shapes: { x: [1], a: [1], y: [1] },
    initializers: new Map([
      ["low", limit("low", 0)],
      ["high", limit("high", 127.375)],
      ["other", limit("other", 100)],
    ]),
    encodings: {
      activations: new Map([["a", one(8, 0.5, 0)], ["y", one(8, 0.5, 0)]]),
      parameters: new Map(),
    },
  });
  assertEquals((await spell(model)).filter((line) => line.includes("Clip")), [
    "a = Clip(x, float32[](0), float32[](127.5))",
    "y_float = Clip(a_dequantized, float32[](0), float32[](100))",
  ]);
  const { initializers } = insertQuantizeNodes(model);
  assertEquals(["low", "high", "other"].filter((name) => initializers.has(name)), ["low", "other"]);
});

Deno.test("insertQuantizeNodes() takes names that are free", async () => {
  const model = modelOf({
    nodes: [nodeOf("Relu", ["x"], ["x_dequantized"]), nodeOf("Relu", ["x_dequantized"], ["y"])],
    shapes: { x: [1], x_dequantized: [1], y: [1] },
    encodings: { activations: new Map([["x", one(8, 1, 0)]]), parameters: new Map() },
  });
  assertEquals(await spell(model), [
    "x_quantized = QuantizeLinear(x, float32[](1), uint8[](0))",
    "x_dequantized_1 = DequantizeLinear(x_quantized, float32[](1), uint8[](0))",
    "x_dequantized = Relu(x_dequantized_1)",
    "y = Relu(x_dequantized)",
  ]);
});

Deno.test("insertQuantizeNodes() refuses encodings that ONNX has no integers for", () => {
  const message = (setup: Setup) =>
    assertThrows(() => insertQuantizeNodes(gemmRelu(setup)), UnsupportedError).message;
  assertEquals(
    message({ parameter: one(6, 1, 0) }),
    'Cannot write tensor "w" to ONNX: its encoding has 6 bits; supported are 4, 8, 16 and 32 bits',
  );
  assertEquals(
    message({ activations: { g: one(32, 1, -(2 ** 31)) } }),
    'Cannot write value "g" to ONNX: it is float32 with an encoding of 32 bits; supported are ' +
      "float32 values with 4, 8 and 16 bits",
  );
});
