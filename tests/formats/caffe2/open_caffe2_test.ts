import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import fc from "fast-check";
import { BinaryWriter } from "../../io/_protobuf_writer.ts";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { openCaffe2, type OpenCaffe2Options } from "../../../src/formats/caffe2/mod.ts";
import type { Model } from "../../../src/graph/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import { readDense } from "../../../src/tensor/mod.ts";

interface Operator {
  readonly type: string;
  readonly inputs?: readonly string[];
  readonly outputs: readonly string[];
  readonly args?: Readonly<Record<string, number | string | readonly number[] | Float32Array>>;
}

function encodeNet(operators: readonly Operator[], externals: readonly string[] = []): Uint8Array {
  const writer = new BinaryWriter().uint32(1 << 3 | 2).string("net");
  for (const { type, inputs = [], outputs, args = {} } of operators) {
    writer.uint32(2 << 3 | 2).fork();
    for (const input of inputs) writer.uint32(1 << 3 | 2).string(input);
    for (const output of outputs) writer.uint32(2 << 3 | 2).string(output);
    writer.uint32(4 << 3 | 2).string(type);
    for (const [name, value] of Object.entries(args)) {
      writer.uint32(5 << 3 | 2).fork().uint32(1 << 3 | 2).string(name);
      if (typeof value === "number") writer.uint32(3 << 3).int64(value);
      else if (typeof value === "string") writer.uint32(4 << 3 | 2).string(value);
      else if (value instanceof Float32Array) {
        for (const number of value) writer.uint32(5 << 3 | 5).float(number);
      } else for (const number of value) writer.uint32(6 << 3).int64(number);
      writer.join();
    }
    writer.join();
  }
  for (const name of externals) writer.uint32(7 << 3 | 2).string(name);
  return writer.finish();
}

function fill(name: string, shape: readonly number[], values: readonly number[]): Operator {
  const args = { shape, values: Float32Array.from(values) };
  return { type: "GivenTensorFill", outputs: [name], args };
}

const SHAPES = new Map([["data", [1, 3]]]);

async function open(
  predict: readonly Operator[] | Uint8Array,
  init: readonly Operator[] | Uint8Array = [],
  options: OpenCaffe2Options & { readonly externals?: readonly string[] } = { inputShapes: SHAPES },
): Promise<Model> {
  const encode = (net: readonly Operator[] | Uint8Array) =>
    net instanceof Uint8Array ? net : encodeNet(net, options.externals);
  return await openCaffe2(await openSource(encode(predict), { name: "predict.pb" }), {
    weights: await openSource(encode(init), { name: "init.pb" }),
    ...options,
  });
}

const FC: Operator = { type: "FC", inputs: ["data", "w", "b"], outputs: ["y"] };
const WEIGHTS = [fill("w", [2, 3], [1, 2, 3, 4, 5, 6]), fill("b", [2], [7, 8])];

Deno.test("openCaffe2() reads weights from behind their tags, and constants", async () => {
  const constant: Operator = {
    type: "ConstantFill",
    outputs: ["b"],
    args: { shape: [2], value: 3 },
  };
  await using model = await open([FC], [WEIGHTS[0] ?? FC, constant]);
  assertEquals(model.initializers.get("w")?.storage.kind, "tagged");
  const values = await Promise.all(
    ["w", "b"].map(async (name) => {
      const reference = model.initializers.get(name);
      return reference === undefined ? [] : [...(await readDense(reference)).data];
    }),
  );
  assertEquals(values, [[1, 2, 3, 4, 5, 6], [3, 3]]);
  assertEquals(model.outputs, [{ name: "y", dtype: "float32", shape: [1, 2] }]);
  assertEquals(model.metadata.format, "caffe2");
});

Deno.test("openCaffe2() gives blobs that are written in place values of their own", async () => {
  await using model = await open([
    { type: "Relu", inputs: ["data"], outputs: ["data"] },
    { type: "Sigmoid", inputs: ["data"], outputs: ["x"] },
    { type: "Tanh", inputs: ["x"], outputs: ["x"] },
    { type: "Dropout", inputs: ["x"], outputs: ["x", "mask"] },
  ]);
  assertEquals(
    model.nodes.map(({ operator, inputs, outputs }) => `${operator} ${inputs} ${outputs}`),
    ["Relu data data/Relu_0", "Sigmoid data/Relu_0 x/Sigmoid_1", "Tanh x/Sigmoid_1 x"],
  );
});

Deno.test("openCaffe2() asks for the shape of an input, also of one that is filled with a zero", async () => {
  const placeholder: Operator = { type: "ConstantFill", outputs: ["data"], args: { shape: [1] } };
  await assertRejects(
    () => open([FC], [...WEIGHTS, placeholder], { externals: ["data", "w", "b"] }),
    UnsupportedError,
    'Cannot convert "predict.pb": blob "data" is neither made by the net nor by "init.pb"; if it is an ' +
      "input of the network, give its shape with --input-dim data 1,3,224,224",
  );
  await using model = await open([FC], [...WEIGHTS, placeholder]);
  assertEquals(model.inputs, [{ name: "data", dtype: "float32", shape: [1, 3] }]);
});

Deno.test("openCaffe2() ends a network where it is told to", async () => {
  const operators: Operator[] = [
    FC,
    { type: "GenerateProposals", inputs: ["y"], outputs: ["boxes"] },
  ];
  await using model = await open(operators, WEIGHTS, { inputShapes: SHAPES, outputs: ["y"] });
  assertEquals(model.outputs.map(({ name }) => name), ["y"]);
  await assertRejects(
    () => open(operators, WEIGHTS, { inputShapes: SHAPES, outputs: ["z"] }),
    FormatError,
    'Cannot end the network of "predict.pb" with "z": no operator writes such a blob, nearest is "y"',
  );
});

Deno.test("openCaffe2() tells all problems of a net at once", async () => {
  const error = await assertRejects(
    () =>
      open([
        { type: "Int8Conv", inputs: ["data"], outputs: ["a"] },
        { type: "Relu", inputs: ["a"], outputs: ["b"] },
        { type: "GenerateProposals", inputs: ["b"], outputs: ["c"] },
        { type: "Foo", inputs: ["data"], outputs: ["d"] },
        { type: "Relu", inputs: ["missing"], outputs: ["e"] },
      ]),
    UnsupportedError,
  );
  assertEquals(error.problems, [
    'Cannot convert operator "Int8Conv_0" (Int8Conv): it works on numbers of 8 bits; convert the ' +
    "network before it was quantized",
    'Cannot convert operator "GenerateProposals_2" (GenerateProposals): it works on regions whose ' +
    "number depends on the data; end the network in front of it with --out-node",
    'Cannot convert operator "Foo_3" (Foo): operators of type "Foo" are not supported; ' +
    "docs/operators.md lists those that are",
    'Cannot convert "predict.pb": blob "missing" is neither made by the net nor by "init.pb"; if it is ' +
    "an input of the network, give its shape with --input-dim missing 1,3,224,224",
  ]);
});

Deno.test("openCaffe2() names the blobs of weights that are missing or do not fit", async () => {
  const missing = await assertRejects(
    () => open([FC], [], { inputShapes: SHAPES }),
    FormatError,
  );
  assertEquals(missing.problems, [
    'Cannot read blob "w" of "init.pb": nothing fills it, and operator FC, which makes "y", reads it ' +
    "as a weight",
    'Cannot read blob "b" of "init.pb": nothing fills it, and operator FC, which makes "y", reads it ' +
    "as a weight",
  ]);
  const wrong = await assertRejects(
    () => open([FC], [fill("w", [2, 2], [1, 2, 3, 4]), WEIGHTS[1] ?? FC], { inputShapes: SHAPES }),
    FormatError,
  );
  assertMatch(wrong.message, /"FC_0".*; it reads "data", "w", "b" and writes "y"$/);
});

Deno.test("openCaffe2() refuses weights that are random, short or computed", async () => {
  const cases: readonly [Operator, string][] = [
    [
      { type: "XavierFill", outputs: ["w"], args: { shape: [2, 3] } },
      'Cannot convert blob "w" of "init.pb": XavierFill makes it of random numbers; the init net of a ' +
      "trained network, with its weights, would work",
    ],
    [
      fill("w", [2, 3], [1, 2]),
      'Cannot read tensor "w" of "init.pb": float32 of shape [2,3] behind tags takes 30 bytes, the ' +
      "file has 10",
    ],
    [
      { type: "GivenTensorFill", outputs: ["w"], args: { shape: [2, 3] } },
      'Cannot read tensor "w" of "init.pb": its argument "values" has not the elements of shape [2,3]',
    ],
    [
      { type: "GivenTensorStringFill", outputs: ["w"], args: { shape: [2, 3] } },
      'Cannot convert blob "w" of "init.pb": GivenTensorStringFill is not supported; GivenTensorFill',
    ],
    [
      { type: "ConstantFill", outputs: ["w"], args: { shape: [1 << 20, 1 << 20] } },
      'Cannot convert blob "w" of "init.pb": it is a constant of shape [1048576,1048576] and type 1',
    ],
    [
      { type: "ConstantFill", inputs: ["s"], outputs: ["w"] },
      'Cannot convert blob "w" of "init.pb": ConstantFill takes its shape from "s"',
    ],
    [
      { type: "Relu", inputs: ["b"], outputs: ["w"] },
      'Cannot convert "init.pb": Relu makes blob "w" of the init net; a net that only fills blobs',
    ],
  ];
  for (const [operator, message] of cases) {
    const error = await assertRejects(() => open([FC], [operator, WEIGHTS[1] ?? FC]));
    assert(error instanceof FormatError || error instanceof UnsupportedError);
    assert(error.problems[0]?.startsWith(message), error.problems.join("\n"));
  }
});

Deno.test("openCaffe2() says what would work instead of what is not supported", async () => {
  const image = new Map([["data", [1, 4, 6, 6]]]);
  const cases: readonly [Operator["type"], NonNullable<Operator["args"]>, string][] = [
    ["MaxPool", { kernel: 2, order: "NHWC" }, 'its order is "NHWC"; "NCHW" would work'],
    ["MaxPool", {}, "its kernel is [0,0], expected a positive integer for 2 axes"],
    ["MaxPool", { kernel: 2, pads: [1, 1] }, "its padding is [1,1], expected 4 integers from 0"],
    ["MaxPool", { kernel: 2, legacy_pad: 7 }, "its legacy_pad is 7, expected 0 to 3"],
    ["SpatialBN", {}, "it learns mean and variance; a net with is_test would work"],
    ["LRN", { size: 2 }, "its size is 2, expected a positive odd number"],
    ["Softmax", { axis: 9 }, "its axis is 9, expected -4 to 3"],
    ["Reshape", {}, 'it has no "shape" and no second input'],
    ["Pow", {}, 'it has no "exponent" and no second input'],
    ["Concat", { add_axis: 1 }, "it adds an axis; ExpandDims in front of it would work"],
    ["Split", { axis: 1, split: [3] }, "it splits 4 into [3] for 1 outputs"],
    ["ChannelShuffle", { group: 3 }, "it has 3 groups, expected a divisor of its 4 channels"],
    ["Squeeze", {}, 'it has no "dims"'],
    ["FC", {}, "it has 1 inputs, expected at least 2"],
  ];
  for (const [type, args, message] of cases) {
    const operators = [{ type, inputs: ["data"], outputs: ["y"], args }];
    const error = await assertRejects(() => open(operators, [], { inputShapes: image }));
    assert(error instanceof FormatError || error instanceof UnsupportedError);
    assert(error.message.includes(message), error.message);
    assert(error.message.includes(`operator "${type}_0" (${type})`), error.message);
  }
});

Deno.test("openCaffe2() says what is missing at the edges of a network", async () => {
  await assertRejects(
    async () => openCaffe2(await openSource(encodeNet([FC]), { name: "predict.pb" })),
    FormatError,
    'Cannot open "predict.pb": it describes the network without its weights; give the init net with ' +
      "--exec-net",
  );
  await assertRejects(
    () => open([FC], WEIGHTS, { inputShapes: new Map([["date", [1]]]) }),
    RangeError,
    'Cannot set the shape of "date": "predict.pb" has no such input, nearest is "data"',
  );
  await assertRejects(
    () => open([FC], WEIGHTS, { inputShapes: new Map([["data", [0, 3]]]) }),
    RangeError,
    'Cannot set the shape of input "data": found [0,3], expected positive integers',
  );
  await assertRejects(
    () => open([fill("w", [1], [1])], []),
    RangeError,
    'Cannot set the shape of "data": "predict.pb" has no such input',
  );
  await assertRejects(
    () => open([fill("w", [1], [1])], [], {}),
    FormatError,
    'Cannot open "predict.pb": its network has no input; name its input with --input-dim NAME',
  );
});

Deno.test("openCaffe2() opens or refuses nets that are cut off or changed", async () => {
  const folder = new URL("../../../testdata/caffe2/", import.meta.url);
  const predict = await Deno.readFile(new URL("network_predict.pb", folder));
  const init = await Deno.readFile(new URL("network_init.pb", folder));
  const options = { inputShapes: new Map([["data", [1, 3, 8, 8]]]) };
  const attempt = async (net: Uint8Array, weights: Uint8Array) => {
    try {
      await using model = await open(net, weights, options);
      for (const reference of model.initializers.values()) await readDense(reference);
    } catch (error) {
      const known = error instanceof FormatError || error instanceof UnsupportedError ||
        error instanceof RangeError && error.message.startsWith("Cannot set the shape");
      assert(known, `${error instanceof Error ? error.stack : error}`);
    }
  };
  for (let length = 0; length < init.length; length += 7) {
    await attempt(predict, init.subarray(0, length));
  }
  for (let length = 0; length < predict.length; length++) {
    await attempt(predict.subarray(0, length), init);
  }
  const change = (size: number) => fc.tuple(fc.nat(size - 1), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(change(predict.length), { maxLength: 3 }),
      fc.array(change(init.length), { maxLength: 3 }),
      async (inNet, inWeights) => {
        const [net, weights] = [predict.slice(), init.slice()];
        for (const [index, byte] of inNet) net[index] = byte;
        for (const [index, byte] of inWeights) weights[index] = byte;
        await attempt(net, weights);
      },
    ),
    { seed: 10, numRuns: 700 },
  );
});
