import { assertEquals, assertThrows } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../../src/errors.ts";
import { heldNumbers } from "../../../../src/formats/onnx/read/held_numbers.ts";
import { LoweringContext } from "../../../../src/formats/onnx/lower/lowering_context.ts";
import { upgradeNode } from "../../../../src/formats/onnx/lower/upgrade_node.ts";
import type { Attribute, Node } from "../../../../src/graph/mod.ts";
import { type DataType, referenceDense, type TensorReference } from "../../../../src/tensor/mod.ts";

interface Setup {
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly constants?: Readonly<Record<string, Float32Array | BigInt64Array>>;
  readonly floatTypes?: readonly DataType[];
}

/** Upgrades a node named "n" and spells the result as text, constants by their values. */
function upgrade(operator: string, opset: number, setup: Setup = {}) {
  const { inputs = ["x"], outputs = ["y"], attributes = {}, constants = {} } = setup;
  const initializers = new Map<string, TensorReference>();
  for (const [name, data] of Object.entries(constants)) {
    const dtype = data instanceof Float32Array ? "float32" : "int64";
    initializers.set(name, referenceDense(name, { dtype, shape: [data.length], data }));
  }
  const context = new LoweringContext({
    opset,
    names: [...inputs, ...outputs],
    initializers,
    floatTypes: new Set(setup.floatTypes ?? ["float32"]),
  });
  const node: Node = { name: "n", operator, inputs, outputs, attributes };
  const nodes = upgradeNode(node, context);
  return { nodes, context, text: nodes.map((one) => describe(one, initializers)) };
}

function describe(node: Node, initializers: ReadonlyMap<string, TensorReference>): string {
  const inputs = node.inputs.map((name) => {
    const constant = initializers.get(name);
    return constant === undefined
      ? name
      : `${constant.dtype}[${constant.shape}](${heldNumbers(constant)})`;
  });
  const attributes = Object.entries(node.attributes)
    .map(([key, { value }]) => `${key}=${value}`).sort().join(" ");
  const { operator, outputs } = node;
  return `${outputs.join(", ")} = ${operator}(${inputs.join(", ")}) ${attributes}`.trim();
}

const int = (value: number): Attribute => ({ type: "int", value });
const float = (value: number): Attribute => ({ type: "float", value });
const ints = (...value: number[]): Attribute => ({ type: "ints", value });
const text = (value: string): Attribute => ({ type: "string", value });

Deno.test("upgradeNode() leaves nodes alone whose meaning did not change", () => {
  const attributes = { kernel_shape: ints(3, 3) };
  const { nodes } = upgrade("Conv", 7, { inputs: ["x", "w"], attributes });
  assertEquals(nodes, [{
    name: "n",
    operator: "Conv",
    inputs: ["x", "w"],
    outputs: ["y"],
    attributes,
  }]);
});

Deno.test("upgradeNode() turns attributes of old opsets into inputs", () => {
  const cases: readonly (readonly [string, number, Setup, string])[] = [
    [
      "Clip",
      6 + 1,
      { attributes: { min: float(0), max: float(6) } },
      "y = Clip(x, float32[](0), float32[](6))",
    ],
    ["Clip", 10, { attributes: { max: float(6) } }, "y = Clip(x, , float32[](6))"],
    ["Clip", 10, {}, "y = Clip(x)"],
    ["Clip", 11, { inputs: ["x", "", "m"] }, "y = Clip(x, , m)"],
    [
      "Pad",
      10,
      { attributes: { pads: ints(0, 1), value: float(2), mode: text("constant") } },
      "y = Pad(x, int64[2](0,1), float32[](2)) mode=constant",
    ],
    ["Pad", 7, { attributes: { pads: ints(1, 1) } }, "y = Pad(x, int64[2](1,1))"],
    [
      "Slice",
      9,
      { attributes: { starts: ints(1), ends: ints(Number.MAX_SAFE_INTEGER), axes: ints(2) } },
      "y = Slice(x, int64[1](1), int64[1](9007199254740991), int64[1](2))",
    ],
    [
      "Slice",
      7,
      { attributes: { starts: ints(1), ends: ints(2) } },
      "y = Slice(x, int64[1](1), int64[1](2))",
    ],
    ["Slice", 10, { inputs: ["x", "s", "e"] }, "y = Slice(x, s, e)"],
    ["Squeeze", 11, { attributes: { axes: ints(0, 2) } }, "y = Squeeze(x, int64[2](0,2))"],
    ["Squeeze", 7, {}, "y = Squeeze(x)"],
    ["Unsqueeze", 12, { attributes: { axes: ints(-1) } }, "y = Unsqueeze(x, int64[1](-1))"],
    ["Unsqueeze", 13, { inputs: ["x", "a"] }, "y = Unsqueeze(x, a)"],
    [
      "ReduceMean",
      17,
      { attributes: { axes: ints(2, 3), keepdims: int(0) } },
      "y = ReduceMean(x, int64[2](2,3)) keepdims=0",
    ],
    ["ReduceMax", 12, {}, "y = ReduceMax(x)"],
    ["ReduceSum", 12, { attributes: { axes: ints(1) } }, "y = ReduceSum(x, int64[1](1))"],
    ["ReduceSum", 13, { inputs: ["x", "a"] }, "y = ReduceSum(x, a)"],
    ["TopK", 9, { attributes: { k: int(5), axis: int(1) } }, "y = TopK(x, int64[1](5)) axis=1"],
    [
      "Split",
      12,
      { attributes: { split: ints(1, 2) }, outputs: ["y", "z"] },
      "y, z = Split(x, int64[2](1,2))",
    ],
    ["Split", 13, { outputs: ["y", "z"] }, "y, z = Split(x) num_outputs=2"],
    ["Split", 13, { inputs: ["x", "s"], outputs: ["y", "z"] }, "y, z = Split(x, s)"],
    [
      "Split",
      18,
      { outputs: ["y", "z"], attributes: { num_outputs: int(2) } },
      "y, z = Split(x) num_outputs=2",
    ],
  ];
  for (const [operator, opset, setup, expected] of cases) {
    assertEquals(upgrade(operator, opset, setup).text, [expected], `${operator} at opset ${opset}`);
  }
});

Deno.test("upgradeNode() renames operators and modes, and states old defaults", () => {
  assertEquals(upgrade("Scatter", 9, { inputs: ["x", "i", "u"] }).text, [
    "y = ScatterElements(x, i, u)",
  ]);
  assertEquals(upgrade("GridSample", 16, { inputs: ["x", "g"] }).text, [
    "y = GridSample(x, g) mode=linear",
  ]);
  const bicubic = { inputs: ["x", "g"], attributes: { mode: text("bicubic") } };
  assertEquals(upgrade("GridSample", 19, bicubic).text, ["y = GridSample(x, g) mode=cubic"]);
  const nearest = { inputs: ["x", "g"], attributes: { mode: text("nearest") } };
  assertEquals(upgrade("GridSample", 19, nearest).text, ["y = GridSample(x, g) mode=nearest"]);
  assertEquals(upgrade("RoiAlign", 10, { inputs: ["x", "r", "i"] }).text, [
    "y = RoiAlign(x, r, i) coordinate_transformation_mode=output_half_pixel",
  ]);
  assertEquals(upgrade("RoiAlign", 16, { inputs: ["x", "r", "i"] }).text, [
    "y = RoiAlign(x, r, i)",
  ]);
});

Deno.test("upgradeNode() makes scalars of the model's floating-point type", () => {
  const attributes = { min: float(-0.5) };
  const half = upgrade("Clip", 7, { attributes, floatTypes: ["float16"] });
  const limit = half.context.constant("n/min");
  assertEquals(limit?.dtype, "float16");
  assertEquals(limit?.storage, { kind: "bytes", bytes: Uint8Array.of(0x00, 0xb8) });
  const error = assertThrows(
    () => upgrade("Clip", 7, { attributes, floatTypes: ["float16", "float32"] }),
    UnsupportedError,
  );
  assertEquals(
    error.message,
    'Cannot read node "n" (Clip): the model mixes float16 and float32, so the type of "min" is ' +
      "open at opset 7; convert the model to opset 13 first",
  );
});

Deno.test("upgradeNode() lowers Upsample and Resize 10 to asymmetric coordinates", () => {
  const scales = { s: Float32Array.of(1, 1, 2, 2) };
  const up = "coordinate_transformation_mode=asymmetric mode=nearest nearest_mode=floor";
  const attributes = { mode: text("nearest") };
  assertEquals(
    upgrade("Upsample", 7, {
      attributes: { ...attributes, scales: { type: "floats", value: [1, 2] } },
    })
      .text,
    [`y = Resize(x, , float32[2](1,2)) ${up}`],
  );
  assertEquals(
    upgrade("Upsample", 9, { inputs: ["x", "s"], attributes, constants: scales }).text,
    [`y = Resize(x, , float32[4](1,1,2,2)) ${up}`],
  );
  assertEquals(
    upgrade("Resize", 10, { inputs: ["x", "s"], attributes, constants: scales }).text,
    [`y = Resize(x, , float32[4](1,1,2,2)) ${up}`],
  );
  const half = { s: Float32Array.of(1, 1, 0.5, 0.5) };
  assertEquals(
    upgrade("Resize", 10, { inputs: ["x", "s"], attributes, constants: half }).text,
    [`y = Resize(x, , float32[4](1,1,0.5,0.5)) ${up.replace("floor", "ceil")}`],
  );
  const computed = upgrade("Resize", 10, { inputs: ["x", "s"], attributes });
  assertEquals(computed.text, [`y = Resize(x, , s) ${up}`]);
  assertEquals(computed.context.upsamplings, ["y"]);
  const error = assertThrows(
    () =>
      upgrade("Resize", 10, {
        inputs: ["x", "s"],
        attributes,
        constants: { s: Float32Array.of(2, 0.5) },
      }),
    UnsupportedError,
  );
  assertEquals(
    error.message,
    'Cannot read node "n" (Resize): it enlarges one axis and shrinks another at opset 10; export ' +
      "the model with opset 13",
  );
});

Deno.test("upgradeNode() leaves out the empty inputs of Resize 11", () => {
  const constants = { roi: new Float32Array(), scales: new Float32Array() };
  assertEquals(
    upgrade("Resize", 11, { inputs: ["x", "roi", "scales", "sizes"], constants }).text,
    ["y = Resize(x, , , sizes)"],
  );
  const attributes = { coordinate_transformation_mode: text("tf_half_pixel_for_nn") };
  const error = assertThrows(
    () => upgrade("Resize", 11, { inputs: ["x", "roi", "s"], attributes }),
    UnsupportedError,
  );
  assertEquals(
    error.message,
    'Cannot read node "n" (Resize): "tf_half_pixel_for_nn" has no equal since opset 13; export the ' +
      'model with "half_pixel"',
  );
});

Deno.test("upgradeNode() flattens around a softmax before opset 13", () => {
  const { text: nodes, context } = upgrade("Softmax", 11, { attributes: { axis: int(2) } });
  assertEquals(nodes, [
    "n/shape = Shape(x)",
    "n/matrix = Flatten(x) axis=2",
    "n/result = Softmax(n/matrix) axis=-1",
    "y = Reshape(n/result, n/shape) allowzero=1",
  ]);
  assertEquals(context.flattenedSoftmaxes, [{
    input: "x",
    shape: "n/shape",
    matrix: "n/matrix",
    result: "n/result",
    output: "y",
    axis: 2,
  }]);
  assertEquals(upgrade("Hardmax", 7).text[1], "n/matrix = Flatten(x) axis=1");
  const last = { attributes: { axis: int(-1) } };
  assertEquals(upgrade("LogSoftmax", 12, last).text, ["y = LogSoftmax(x) axis=-1"]);
  assertEquals(upgrade("Softmax", 13, { attributes: { axis: int(1) } }).text, [
    "y = Softmax(x) axis=1",
  ]);
});

Deno.test("upgradeNode() takes Dropout and BatchNormalization for inference", () => {
  assertEquals(upgrade("Dropout", 7, { attributes: { ratio: float(0.3) } }).text, [
    "y = Dropout(x)",
  ]);
  const inputs = ["x", "s", "b", "m", "v"];
  const attributes = { epsilon: float(0.5), momentum: float(0.9), spatial: int(1) };
  assertEquals(upgrade("BatchNormalization", 7, { inputs, attributes }).text, [
    "y = BatchNormalization(x, s, b, m, v) epsilon=0.5",
  ]);
  const refused: readonly (readonly [string, number, Setup, string])[] = [
    [
      "BatchNormalization",
      7,
      { inputs, attributes: { spatial: int(0) } },
      'Cannot read node "n" (BatchNormalization): spatial is 0, which no later opset has; ' +
      "supported is spatial 1",
    ],
    [
      "BatchNormalization",
      9,
      { inputs, outputs: ["y", "mean"] },
      'Cannot read node "n" (BatchNormalization): it is in training mode; export the model for ' +
      "inference",
    ],
    [
      "BatchNormalization",
      15,
      { inputs, attributes: { training_mode: int(1) } },
      'Cannot read node "n" (BatchNormalization): it is in training mode; export the model for ' +
      "inference",
    ],
    [
      "Dropout",
      12,
      { inputs: ["x", "", "t"], constants: { t: BigInt64Array.of(1n) } },
      'Cannot read node "n" (Dropout): it is in training mode; export the model for inference',
    ],
  ];
  for (const [operator, opset, setup, expected] of refused) {
    const error = assertThrows(() => upgrade(operator, opset, setup), UnsupportedError);
    assertEquals(error.message, expected);
  }
});

Deno.test("upgradeNode() repeats scale and bias of GroupNormalization 18 for each channel", () => {
  const setup = { inputs: ["x", "s", "b"], attributes: { num_groups: int(2) } };
  assertEquals(upgrade("GroupNormalization", 18, setup).text, [
    "n/Shape = Shape(x) end=2 start=1",
    "n/Div = Div(n/Shape, int64[1](2))",
    "n/Concat = Concat(int64[1](1), n/Div) axis=0",
    "n/Reshape = Reshape(s, int64[2](2,1))",
    "n/Tile = Tile(n/Reshape, n/Concat)",
    "n/Reshape_1 = Reshape(n/Tile, int64[1](-1))",
    "n/Reshape_2 = Reshape(b, int64[2](2,1))",
    "n/Tile_1 = Tile(n/Reshape_2, n/Concat)",
    "n/Reshape_3 = Reshape(n/Tile_1, int64[1](-1))",
    "y = GroupNormalization(x, n/Reshape_1, n/Reshape_3) num_groups=2",
  ]);
  assertEquals(upgrade("GroupNormalization", 21, setup).text, [
    "y = GroupNormalization(x, s, b) num_groups=2",
  ]);
});

Deno.test("upgradeNode() names an attribute that is missing or of the wrong type", () => {
  const missing = assertThrows(
    () => upgrade("Slice", 9, { attributes: { starts: ints(1) } }),
    FormatError,
  );
  assertEquals(missing.message, 'Cannot read node "n" (Slice): it has no attribute "ends"');
  assertThrows(
    () => upgrade("Squeeze", 11, { attributes: { axes: int(1) } }),
    FormatError,
    'attribute "axes" of node "n" (Squeeze): it is of type int, expected ints',
  );
});
