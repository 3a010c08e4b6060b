import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../../src/errors.ts";
import {
  type DlcArgument,
  type DlcDocument,
  type DlcDocument3,
  type DlcDocument4,
  type DlcLayer,
  type DlcOperator,
  type DlcTensor,
  dlcToModel,
  modelToDlc,
} from "../../../../src/formats/dlc/mod.ts";
import { runModel } from "../../../../src/execute/mod.ts";
import type { Model } from "../../../../src/graph/mod.ts";
import { readDense, referenceDense } from "../../../../src/tensor/mod.ts";
import { build, floats, input, node } from "../../../graph/graph_builder.ts";
import { openReal } from "../_documents.ts";
import { assertSameNumbers, flow, noise, weights } from "../_round_trip.ts";

async function run(
  model: Model,
  inputs: Readonly<Record<string, readonly number[]>>,
): Promise<Map<string, number[]>> {
  const sample = new Map(
    model.inputs.map(({ name, shape }) => [name, floats(shape, inputs[name] ?? [])]),
  );
  const results = new Map<string, number[]>();
  for await (
    const { outputs } of runModel(model, {
      length: 1,
      read: () => Promise.resolve(sample),
    })
  ) {
    for (const [name, { data }] of outputs) results.set(name, Array.from(data, Number));
  }
  return results;
}

Deno.test("dlcToModel() reads the real float file of an absolute value", async () => {
  await using model = await dlcToModel(await openReal("test_abs.dlc"));
  assertEquals(flow(model), ["elementwise_unary_abs_0: Abs(x)->y"]);
  assertEquals(model.inputs, [{ name: "x", dtype: "float32", shape: [2, 3, 2] }]);
  assertEquals(model.metadata.producer, "snpe-onnx-to-dlc 1.51.0.2663");
  assertEquals(model.metadata.format, "dlc 3");
  const x = [1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12];
  assertEquals((await run(model, { x })).get("y"), x.map(Math.abs));
});

Deno.test("dlcToModel() reads the real quantized file of an absolute value", async () => {
  await using model = await dlcToModel(await openReal("test_abs_q.dlc"));
  const [x, y] = ["x", "y"].map((name) => model.encodings.activations.get(name)?.encodings[0]);
  assertEquals([x?.offset, x?.bitwidth, y?.offset, y?.bitwidth], [-125, 8, 0, 8]);
  assertAlmostEquals(x?.scale ?? 0, 47 / 255, 1e-8);
  assertAlmostEquals(y?.max ?? 0, 24, 1e-6);
  assert(model.metadata.quantizerCommand?.startsWith("snpe-dlc-quantize "));
  // -1 is -5.43 steps of the input: the fifth step, which is 9.79 steps of the output.
  const [first] = (await run(model, { x: [-1] })).get("y") ?? [];
  assertAlmostEquals(first ?? 0, 10 * 24 / 255, 1e-6);
});

Deno.test("dlcToModel() reads the real file of a concatenation", async () => {
  await using model = await dlcToModel(await openReal("test_concat_2d_axis_0.dlc"));
  const outputs = await run(model, { value0: [1, 2, 3, 4], value1: [5, 6, 7, 8] });
  assertEquals(outputs.get("output"), [1, 2, 3, 4, 5, 6, 7, 8]);
});

Deno.test("dlcToModel() reads the real file of version 4.1 without its transposes", async () => {
  await using model = await dlcToModel(await openReal("ep_six_ops_v4.1.dlc"));
  assertEquals(flow(model), [
    "Add0_3: Add(input0,input1)->output0",
    "Concat1_3: Concat(output0,input2)->concat_out",
    "_token_2_24: Resize(concat_out)->_token_1",
    "Slice3_3: Slice(_token_1)->output1",
  ]);
  assertEquals(model.outputs.map(({ shape }) => shape), [[1, 3, 4, 5], [1, 6, 7, 10]]);
  const ones = Array<number>(60).fill(1);
  const outputs = await run(model, { input0: ones, input1: ones, input2: ones });
  assertEquals(outputs.get("output1"), [
    ...Array<number>(3 * 70).fill(2),
    ...Array<number>(3 * 70).fill(1),
  ]);
});

Deno.test("dlcToModel() reads the quantized DeepLabV3 that Qualcomm's tools made", async () => {
  await using model = await dlcToModel(await openReal("deeplabv3_quantized_hta_enabled.dlc"));
  assertEquals(model.inputs, [{
    name: "ImageTensor:0",
    dtype: "float32",
    shape: [1, 512, 512, 3],
  }]);
  assertEquals(model.outputs, [{ name: "ArgMax:0", dtype: "int64", shape: [1, 512, 512] }]);
  const counts = Map.groupBy(model.nodes, ({ operator }) => operator);
  assertEquals(
    Object.fromEntries(Array.from(counts, ([operator, nodes]) => [operator, nodes.length])),
    {
      Transpose: 1,
      Conv: 60,
      Clip: 34,
      Add: 10,
      GlobalAveragePool: 1,
      Relu: 8,
      Resize: 3,
      Concat: 2,
      ArgMax: 1,
    },
  );
  assertEquals(model.encodings.parameters.size, 120);
  const name = "MobilenetV2/Conv/Conv2D_Fold.weights_0";
  const reference = model.initializers.get(name);
  assert(reference !== undefined);
  const { shape, data } = await readDense(reference);
  assertEquals(shape, [32, 3, 3, 3]);
  const [grid] = model.encodings.parameters.get(name)?.encodings ?? [];
  const numbers = Array.from(data, Number);
  assertAlmostEquals(Math.min(...numbers), grid?.min ?? 0, 1e-6);
  assertAlmostEquals(Math.max(...numbers), grid?.max ?? 0, 1e-6);
});

Deno.test("modelToDlc() writes the real DeepLabV3 back to the layers it has", async () => {
  const real = await openReal("deeplabv3_quantized_hta_enabled.dlc");
  await using model = await dlcToModel(real);
  const document = await modelToDlc(model, { version: "3" });
  assert(document.version === "3.0" && real.version === "3.0");
  // Padding of TensorFlow is said by strategy 3 throughout there, and the pool's by 2.
  const chosen = ["layer_affinity", "padding_strategy", "padding_size_strategy"];
  const facts = ({ name, type, inputs, outputs, attributes }: DlcLayer) => ({
    name,
    type,
    inputs,
    outputs,
    attributes: attributes.filter((one) => !chosen.includes(one.name)),
  });
  assertEquals(document.layers.map(facts), real.layers.map(facts));
  assertEquals(document.attributes.map(withoutArgMax), real.attributes.map(withoutArgMax));
  for (const index of [1, 3, 118]) {
    const [written, found] = [document.layers[index], real.layers[index]];
    for (const [i, tensor] of (found?.tensors ?? []).entries()) {
      const other = written?.tensors[i];
      assert(other !== undefined);
      assertEquals(other.attributes, tensor.attributes);
      assertEquals(await readDense(other.data), await readDense(tensor.data));
    }
  }
});

/** The only buffer whose axis order is not said by its rank and layout. */
function withoutArgMax(one: DlcArgument): DlcArgument {
  return one.kind === "nested"
    ? { ...one, value: one.value.filter(({ name }) => name !== "ArgMax:0") }
    : one;
}

const LAYER: DlcLayer = {
  name: "layer",
  type: "Neuron",
  inputs: ["x"],
  outputs: ["y"],
  attributes: [dims([1, 4, 4, 2]), { name: "type", kind: "uint", value: 1 }],
  tensors: [],
};

function dims(shape: readonly number[]): DlcArgument {
  return {
    name: "OutputDims",
    kind: "nested",
    value: [{ name: "0", kind: "uints", value: shape }],
  };
}

/** A document of an input of dims 1, 4, 4, 2 and one layer. */
function document3(layer: Partial<DlcLayer>): DlcDocument3 {
  const source = {
    ...LAYER,
    name: "x",
    type: "Input",
    outputs: ["x"],
    attributes: [dims([1, 4, 4, 2])],
  };
  return {
    version: "3.0",
    metadata: new Map(),
    layers: [source, { ...LAYER, ...layer }],
    attributes: [],
    records: [],
  };
}

function ints(values: Readonly<Record<string, number>>, shape = [1, 4, 4, 2]): DlcArgument[] {
  const list = Object.entries(values).map(([name, value]): DlcArgument => ({
    name,
    kind: "uint",
    value,
  }));
  return [dims(shape), ...list];
}

const POOL = {
  type: 1,
  size_x: 2,
  size_y: 2,
  stride_x: 2,
  stride_y: 2,
  pad_x: 0,
  pad_y: 0,
  padding_size_strategy: 5,
};

const CONVOLUTION = {
  kernel_size: 3,
  kernel_size_y: 3,
  stride: 1,
  stride_y: 1,
  padding_strategy: 0,
};

function kernel(...shape: readonly number[]): DlcLayer["tensors"][number] {
  return { name: "weights_0", data: referenceDense("w", weights(...shape)), attributes: [] };
}

const BAD_LAYERS: readonly (readonly [string, Partial<DlcLayer>, string])[] = [
  [
    "an unknown type",
    { type: "Mystery" },
    'Cannot read layer "layer": its type "Mystery" has no known meaning; known are ArgMax, BatchNorm, Batchnorm, Concat, Const, Convolutional, Crop, Deconvolution, ElementwiseOp, ElementwiseUnaryOp, FullyConnected, Input, Neuron, Permute, Pooling, Prelu, Relu, Reshape, Scaling, Sigmoid, SoftMax, Softmax',
  ],
  [
    "an unknown neuron",
    { attributes: ints({ type: 9 }) },
    'Cannot read layer "layer" (Neuron): its type is 9, a number whose meaning is not known; a DLC converted by SNPE 2 or QAIRT would work',
  ],
  [
    "an unknown element-wise operation",
    { type: "ElementwiseOp", attributes: ints({ op: 2 }) },
    'Cannot read layer "layer" (ElementwiseOp): its op is 2, a number whose meaning is not known; a DLC converted by SNPE 2 or QAIRT would work',
  ],
  [
    "an unknown padding strategy",
    { type: "Pooling", attributes: ints({ ...POOL, padding_size_strategy: 255 }) },
    'Cannot read layer "layer" (Pooling): its padding_size_strategy is 255, a number whose meaning is not known; a DLC converted by SNPE 2 or QAIRT would work',
  ],
  [
    "a missing attribute",
    { attributes: [dims([1, 4, 4, 2])] },
    'Cannot read layer "layer" (Neuron): it has no attribute "type", expected one of kind int or uint',
  ],
  [
    "an attribute of another kind",
    { attributes: [dims([1, 4, 4, 2]), { name: "type", kind: "string", value: "1" }] },
    'Cannot read layer "layer" (Neuron): its attribute "type" is of kind string, expected int or uint',
  ],
  [
    "missing dims",
    { attributes: [] },
    'Cannot read layer "layer" (Neuron): it has no OutputDims of output 0, expected a list of dims',
  ],
  [
    "dims of zero",
    { attributes: [dims([1, 0])] },
    'Cannot read layer "layer" (Neuron): its output 0 has dims [1,0], expected positive dims',
  ],
  [
    "dims that the operator does not lead to",
    { attributes: ints({ type: 1 }, [1, 4, 4, 3]) },
    'Cannot read node "layer" (Relu): the file gives buffer "y" the dims [1,4,4,3] in the model\'s layout, expected [1,4,4,2]',
  ],
  [
    "a buffer that nothing makes",
    { inputs: ["z"] },
    'Cannot read layer "layer" (Neuron): it reads buffer "z", expected a buffer that an earlier layer makes',
  ],
  [
    "a buffer made twice",
    { outputs: ["x"] },
    'Cannot read layer "layer" (Neuron): another layer makes buffer "x"',
  ],
  [
    "missing weights",
    { type: "Convolutional", attributes: ints(CONVOLUTION) },
    'Cannot read layer "layer" (Convolutional): it has no tensor "weights_0", expected one in model.params',
  ],
  [
    "weights of another kernel",
    {
      type: "Convolutional",
      attributes: ints(CONVOLUTION, [1, 2, 2, 2]),
      tensors: [kernel(3, 2, 2, 2)],
    },
    'Cannot read layer "layer" (Convolutional): its weights have dims [3,2,2,2], expected [3,3, …] as its attributes',
  ],
  [
    "a crop outside",
    {
      type: "Crop",
      attributes: [dims([1, 4, 4, 2]), { name: "counts", kind: "uints", value: [0, 3, 0, 0] }, {
        name: "offsets",
        kind: "uints",
        value: [0, 2, 0, 0],
      }],
    },
    'Cannot read layer "layer" (Crop): it takes counts [0,3,0,0] at [0,2,0,0], expected a part of [1,4,4,2]',
  ],
  [
    "an order that is none",
    {
      type: "Permute",
      attributes: [dims([1, 4, 4, 2]), { name: "order", kind: "uints", value: [0, 1, 1, 2] }],
    },
    'Cannot read layer "layer" (Permute): its order is [0,1,1,2], expected the axes 0 to 3 once each',
  ],
  [
    "an axis outside",
    { type: "SoftMax", attributes: ints({ axis: 4 }) },
    'Cannot read layer "layer" (SoftMax): its axis is 4, expected 0 to 3',
  ],
  [
    "an image of rank 2",
    { type: "Pooling", inputs: ["x"], attributes: ints(POOL, [1, 4]) },
    'Cannot read layer "layer" (Pooling): buffer "y" has dims [1,4], expected 4 dims (NHWC)',
  ],
  [
    "a fully connected layer of other length",
    { type: "FullyConnected", attributes: [dims([1, 3])], tensors: [kernel(3, 5)] },
    'Cannot read layer "layer" (FullyConnected): its input has dims [1,4,4,2], expected a multiple of 5 elements',
  ],
  ["an encoding without delta", {
    attributes: [...LAYER.attributes, fxp({ offset: 0, precision: 520 })],
  }, 'Cannot read the encoding of its outputs of layer "layer": its "delta" is missing'],
  [
    "an encoding of unknown precision",
    {
      attributes: [
        ...LAYER.attributes,
        fxp({ delta: 1, offset: 0, min: 0, max: 255, precision: 0x20c }),
      ],
    },
    'Cannot read the encoding of its outputs of layer "layer": its precision is 524; 520 (8 bits) would work',
  ],
  [
    "an encoding off its grid",
    {
      attributes: [
        ...LAYER.attributes,
        fxp({ delta: 1, offset: 3, min: 0, max: 255, precision: 520 }),
      ],
    },
    'Cannot read the encoding of its outputs of layer "layer": its offset is 3, expected an integer from -255 to 0',
  ],
];

function fxp(numbers: Readonly<Record<string, number>>): DlcArgument {
  const value = Object.entries(numbers).map(([name, number]): DlcArgument => ({
    name,
    kind: name === "precision" ? "uint" : "float",
    value: number,
  }));
  return { name: "FxpData", kind: "nested", value: [{ name: "0", kind: "nested", value }] };
}

for (const [what, layer, message] of BAD_LAYERS) {
  Deno.test(`dlcToModel() refuses a layer with ${what}`, async () => {
    const error = await assertRejects(() => dlcToModel(document3(layer)));
    assert(error instanceof FormatError || error instanceof UnsupportedError, String(error));
    assertEquals(error.message, message);
  });
}

Deno.test("dlcToModel() refuses codes of other width than their encoding", async () => {
  const encoding = fxp({ delta: 1, offset: 0, min: 0, max: 65535, precision: 0x210 });
  const data = referenceDense("w", { dtype: "uint8", shape: [2, 32], data: new Uint8Array(64) });
  const tensors = [{ name: "weights_0", data, attributes: [encoding] }];
  const document = document3({ type: "FullyConnected", attributes: [dims([1, 2])], tensors });
  await assertRejects(
    () => dlcToModel(document),
    FormatError,
    'Cannot read layer "layer" (FullyConnected): its tensor "weights_0" is uint8 with 16 bits, ' +
      "expected a type of as many bits",
  );
});

Deno.test("dlcToModel() takes the listed outputs where a document of version 3 has a list", async () => {
  const document = document3({});
  const model = await dlcToModel({ ...document, name: "net", externalOutputs: ["y"] });
  assertEquals([model.name, model.outputs.map(({ name }) => name)], ["net", ["y"]]);
  await assertRejects(
    () => dlcToModel({ ...document, externalOutputs: ["z"] }),
    FormatError,
    'Cannot read DLC 3: its output "z" is no buffer that a layer makes',
  );
});

Deno.test("dlcToModel() flattens the input of a fully connected layer in stored order", async () => {
  const model = await dlcToModel(document3({
    type: "FullyConnected",
    attributes: [dims([1, 2])],
    tensors: [kernel(2, 32)],
  }));
  assertEquals(flow(model), [
    "layer.flatten: Flatten(x)->x.flat",
    "layer: Gemm(x.flat)->y",
  ]);
});

Deno.test("dlcToModel() adds what a sum's coefficients say", async () => {
  const model = await dlcToModel(document3({
    type: "ElementwiseOp",
    inputs: ["x", "x", "x"],
    attributes: [...ints({ op: 0 }), { name: "coeffs", kind: "floats", value: [1, -1, 0.5] }],
  }));
  const [first] = (await run(model, { x: [8] })).get("y") ?? [];
  assertEquals(first, 4);
});

Deno.test("dlcToModel() rounds pools up where the stated dims say so", async () => {
  const model = await dlcToModel(document3({
    type: "Pooling",
    attributes: ints({ ...POOL, size_x: 3, size_y: 3, padding_size_strategy: 3 }, [1, 2, 2, 2]),
  }));
  const x = Array<number>(32).fill(3);
  assertEquals((await run(model, { x })).get("y"), Array<number>(8).fill(3));
});

async function document4(change: (document: DlcDocument4) => DlcDocument4): Promise<DlcDocument> {
  const model = await build({
    inputs: [input("x", 1, 2, 4, 4)],
    constants: { w: weights(2, 2, 3, 3) },
    nodes: [node("Conv", ["x", "w"], "c"), node("Clip", ["c"], "y")],
    outputNames: ["y"],
  });
  const document = await modelToDlc(model, { version: "4" });
  assert(document.version === "4.1");
  return change(document);
}

function withOperator(index: number, change: Partial<DlcOperator>) {
  return (document: DlcDocument4): DlcDocument4 => ({
    ...document,
    graphs: document.graphs.map((graph) => ({
      ...graph,
      operators: graph.operators.map((one, i) => i === index ? { ...one, ...change } : one),
    })),
  });
}

function withTensor(name: string, change: Partial<DlcTensor>) {
  return (document: DlcDocument4): DlcDocument4 => ({
    ...document,
    graphs: document.graphs.map((graph) => ({
      ...graph,
      tensors: graph.tensors.map((one) => one.name === name ? { ...one, ...change } : one),
    })),
  });
}

const GRID = { bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false };

const BAD_OPERATORS:
  readonly (readonly [string, (document: DlcDocument4) => DlcDocument4, string])[] = [
    [
      "two graphs",
      (one) => ({ ...one, graphs: [...one.graphs, ...one.graphs] }),
      "Cannot read DLC: it has 2 graphs; a file with one would work",
    ],
    [
      "no graph",
      (one) => ({ ...one, graphs: [] }),
      "Cannot read DLC: it has no graph, expected one",
    ],
    [
      "a missing parameter",
      withOperator(2, { attributes: [] }),
      'Cannot read operator "node_y" (ReluMinMax): it has no attribute "min_value", expected one',
    ],
    [
      "an input that is no tensor",
      withOperator(2, { inputs: ["z"] }),
      'Cannot read operator "node_y" (ReluMinMax): it reads "z", expected a tensor of the graph',
    ],
    [
      "a static output",
      withOperator(2, { outputs: ["w"] }),
      'Cannot read operator "node_y" (ReluMinMax): it writes static tensor "w", expected a tensor that flows',
    ],
    [
      "an unknown operation",
      withOperator(2, {
        type: "ElementWiseNeuron",
        attributes: [{
          name: "operation",
          group: 1,
          value: { kind: "int", dtypeCode: 0x0132, value: 99 },
        }],
      }),
      'Cannot read operator "node_y" (ElementWiseNeuron): its operation is 99; 0 to 8 would work',
    ],
    [
      "an integer for a float",
      withOperator(2, {
        attributes: [{
          name: "min_value",
          group: 1,
          value: { kind: "int", dtypeCode: 0x0132, value: 0 },
        }],
      }),
      'Cannot read operator "node_y" (ReluMinMax): its "min_value" is no finite float, expected a float scalar',
    ],
    [
      "a mask",
      withOperator(2, {
        type: "StridedSlice",
        attributes: [{
          name: "begin_mask",
          group: 1,
          value: { kind: "int", dtypeCode: 0x0132, value: 3 },
        }],
      }),
      'Cannot read operator "node_y" (StridedSlice): its begin_mask is 3; 0 would work',
    ],
    [
      "static data that is missing",
      withoutData("w"),
      'Cannot read tensor "w": it is static and has no data',
    ],
    [
      "two tensors of one name",
      withTensor("c", { name: "x" }),
      'Cannot read tensor "x": the graph has two of that name',
    ],
    [
      "fixed point without encoding",
      withTensor("w", { dtypeCode: 0x0308 }),
      'Cannot read tensor "w": its quantization is of kind 2147483647, which has no known meaning; one encoding, or one an index of an axis, would work',
    ],
    [
      "too few encodings",
      withTensor("w", {
        dtypeCode: 0x0308,
        quantization: { kind: 1, overridden: false, axis: 3, encodings: [GRID] },
      }),
      'Cannot read tensor "w" of dims [3,3,2,2]: it has 1 encodings on axis 3, expected 2',
    ],
    [
      "an encoding wider than its type",
      withTensor("c", {
        dtypeCode: 0x0408,
        quantization: { kind: 0, overridden: false, encodings: [{ ...GRID, bitwidth: 16 }] },
      }),
      'Cannot read tensor "c": its encoding of 16 bits with scale 1 and offset 0 does not fit its type of 8 bits',
    ],
    [
      "an unknown type",
      withTensor("c", { dtypeCode: 0x0999 }),
      'Cannot read tensor "c": its type 0x999 has no known meaning; a type of the QNN API would work',
    ],
    ["no output", withTensor("y", { role: 3 }), "Cannot read DLC 4.1: the network has no output"],
  ];

function withoutData(name: string) {
  return (document: DlcDocument4): DlcDocument4 => ({
    ...document,
    graphs: document.graphs.map((graph) => ({
      ...graph,
      tensors: graph.tensors.map((one) => {
        const { data: _, ...rest } = one;
        return one.name === name ? rest : one;
      }),
    })),
  });
}

for (const [what, change, message] of BAD_OPERATORS) {
  Deno.test(`dlcToModel() refuses a graph with ${what}`, async () => {
    const document = await document4(change);
    const error = await assertRejects(() => dlcToModel(document));
    assert(error instanceof FormatError || error instanceof UnsupportedError, String(error));
    assertEquals(error.message, message);
  });
}

Deno.test("dlcToModel() names an operator type that it does not know", async () => {
  const document = await document4(withOperator(1, { type: "Mystery" }));
  const error = await assertRejects(() => dlcToModel(document), UnsupportedError);
  assert(error.message.startsWith(
    'Cannot read operator "node_c": its type "Mystery" has no known meaning; known are Argmax,',
  ));
  assertEquals([error.node, error.operator], ["node_c", "Mystery"]);
});

Deno.test("dlcToModel() disposes of a document that can be disposed of", async () => {
  let disposed = 0;
  const document = await document4((one) => one);
  const opened = Object.assign({ ...document }, {
    [Symbol.asyncDispose]: () => {
      disposed++;
      return Promise.resolve();
    },
  });
  const model = await dlcToModel(opened);
  assertEquals(disposed, 0);
  await model[Symbol.asyncDispose]();
  assertEquals(disposed, 1);
});

Deno.test("dlcToModel() reads the QNN names of single operations", async () => {
  const cases: readonly (readonly [string, (x: number) => number])[] = [
    ["ElementWiseAbs", Math.abs],
    ["ElementWiseNeg", (x) => -x],
    ["ElementWiseFloor", Math.floor],
    ["Relu6", (x) => Math.min(Math.max(x, 0), 6)],
    ["Quantize", (x) => x],
  ];
  for (const [type, expected] of cases) {
    const document = await document4(withOperator(2, { type, attributes: [] }));
    const model = await dlcToModel(document);
    const sample = new Map([["x", noise({ shape: [1, 2, 4, 4], dtype: "float32" })]]);
    const samples = { length: 1, read: () => Promise.resolve(sample) };
    for await (const { outputs } of runModel(model, samples, { values: ["c", "y"] })) {
      const [c, y] = ["c", "y"].map((name) => Array.from(outputs.get(name)?.data ?? [], Number));
      assertEquals(y, c?.map((x) => Math.fround(expected(x))), type);
    }
  }
});

Deno.test("dlcToModel() computes floor division, inequality and squares in two steps", async () => {
  const model = await build({
    inputs: [input("a", 2, 3), input("b", 2, 3)],
    nodes: [node("Sub", ["a", "b"], "y")],
    outputNames: ["y"],
  });
  const document = await modelToDlc(model, { version: "4" });
  assert(document.version === "4.1");
  const squared = await dlcToModel(
    withOperator(0, {
      type: "ElementWiseSquaredDifference",
      attributes: [],
    })(document),
  );
  const expected = await build({
    inputs: [input("a", 2, 3), input("b", 2, 3)],
    nodes: [node("Sub", ["a", "b"], "d"), node("Mul", ["d", "d"], "y")],
    outputNames: ["y"],
  });
  await assertSameNumbers(squared, expected);
});
