import { assert, assertEquals, assertRejects } from "@std/assert";
import { UnsupportedError } from "../../../../src/errors.ts";
import {
  type DlcArgument,
  type DlcDocument,
  type DlcLayer,
  type DlcOperator,
  modelToDlc,
} from "../../../../src/formats/dlc/mod.ts";
import type { Model } from "../../../../src/graph/mod.ts";
import type { ByteSource } from "../../../../src/io/mod.ts";
import {
  type Encoding,
  readDense,
  referenceDense,
  referenceRange,
  viewTensor,
} from "../../../../src/tensor/mod.ts";
import { VERSION } from "../../../../src/version.ts";
import {
  build,
  floats,
  type GraphParts,
  input,
  integers,
  node,
  scalar,
} from "../../../graph/graph_builder.ts";
import { assertSameNumbers, flow, roundTrip, structureOf, weights } from "../_round_trip.ts";

/** Convolution, batch norm, ReLU6, depthwise, addition, pool, flatten, Gemm, softmax. */
const CLASSIFIER: GraphParts = {
  inputs: [input("image", 1, 3, 9, 8)],
  constants: {
    w1: weights(4, 3, 3, 3),
    gamma: weights(4),
    beta: weights(4),
    mean: weights(4),
    variance: floats([4]),
    min: scalar(0),
    max: scalar(6),
    w2: weights(4, 1, 3, 3),
    b2: weights(4),
    w3: weights(5, 4),
    b3: weights(5),
  },
  nodes: [
    node("Conv", ["image", "w1"], "conv", { strides: [2, 2], pads: [1, 0, 1, 1] }),
    node("BatchNormalization", ["conv", "gamma", "beta", "mean", "variance"], "norm"),
    node("Clip", ["norm", "min", "max"], "relu6"),
    node("Conv", ["relu6", "w2", "b2"], "depth", { group: 4, pads: [1, 1, 1, 1] }),
    node("Add", ["depth", "relu6"], "sum"),
    node("GlobalAveragePool", ["sum"], "pooled"),
    node("Flatten", ["pooled"], "flat"),
    node("Gemm", ["flat", "w3", "b3"], "logits", { transB: 1 }),
    node("Softmax", ["logits"], "scores", { axis: 1 }),
  ],
  outputNames: ["scores"],
};

/** A detector's head: a split, a resize, a concatenation, transposes and reshapes, two outputs. */
const DETECTOR: GraphParts = {
  inputs: [input("image", 1, 4, 6, 6)],
  constants: {
    w: weights(6, 4, 3, 3),
    b: weights(6),
    sizes: integers(1, 4, 12, 12),
    boxShape: integers(1, -1, 4),
    scoreShape: integers(1, -1, 3),
  },
  nodes: [
    node("Resize", ["image", "", "", "sizes"], "large", {
      mode: "linear",
      coordinate_transformation_mode: "align_corners",
    }),
    node("Conv", ["large", "w", "b"], "features", { strides: [2, 2], pads: [1, 1, 1, 1] }),
    node("Concat", ["features", "image"], "joined", { axis: 1 }),
    node("Sigmoid", ["joined"], "active"),
    node("Transpose", ["active"], "last", { perm: [0, 2, 3, 1] }),
    node("Reshape", ["last", "boxShape"], "boxes"),
    node("Reshape", ["last2", "scoreShape"], "scores"),
    node("Transpose", ["features"], "last2", { perm: [0, 2, 3, 1] }),
    node("Softmax", ["scores"], "classes", { axis: 2 }),
  ],
  outputNames: ["boxes", "classes", "features"],
};

const GRID: Encoding = {
  bitwidth: 8,
  min: Math.fround(-256 / 255),
  max: Math.fround(254 / 255),
  scale: Math.fround(2 / 255),
  offset: -128,
  symmetric: false,
};

/** A convolution whose weights are stored as the codes 0, 1, 2, …, and encodings everywhere. */
async function quantized(encoding: Partial<Encoding> = {}): Promise<Model> {
  const grid = { ...GRID, ...encoding };
  const codes = Uint8Array.from({ length: 2 * 3 * 2 * 2 }, (_, i) => i);
  const stored = referenceDense("w", { dtype: "uint8", shape: [2, 3, 2, 2], data: codes });
  const model = await build({
    inputs: [input("x", 1, 3, 4, 4)],
    references: [viewTensor(stored, { kind: "dequantize", encoding: { encodings: [grid] } })],
    constants: { b: weights(2) },
    nodes: [node("Conv", ["x", "w", "b"], "c"), node("Relu", ["c"], "y")],
    outputNames: ["y"],
  });
  const activations = ["x", "c", "y"].map((name) => [name, { encodings: [grid] }] as const);
  const parameters = ["w", "b"].map((name) => [name, { encodings: [grid] }] as const);
  return {
    ...model,
    encodings: { activations: new Map(activations), parameters: new Map(parameters) },
  };
}

function layersOf(document: DlcDocument): readonly DlcLayer[] {
  assert(document.version === "3.0");
  return document.layers;
}

function operatorsOf(document: DlcDocument): readonly DlcOperator[] {
  assert(document.version !== "3.0");
  return document.graphs[0]?.operators ?? [];
}

/** An argument as plain data. */
function plain(one: DlcArgument | undefined): unknown {
  if (one?.kind !== "nested") return one?.value;
  return Object.fromEntries(one.value.map((child) => [child.name, plain(child)]));
}

function attributesOf(layer: DlcLayer | undefined): Record<string, unknown> {
  return Object.fromEntries((layer?.attributes ?? []).map((one) => [one.name, plain(one)]));
}

Deno.test("modelToDlc() writes a classifier as the layers of version 3", async () => {
  const layers = layersOf(await modelToDlc(await build(CLASSIFIER)));
  assertEquals(
    layers.map(({ name, type, inputs, outputs }) => `${name}: ${type}(${inputs})->${outputs}`),
    [
      "image: Input(image)->image",
      "image.nsc: Permute(image)->image.nsc",
      "node_conv: Convolutional(image.nsc)->conv",
      "node_norm: BatchNorm(conv)->norm",
      "node_relu6: Neuron(norm)->relu6",
      "node_depth: Convolutional(relu6)->depth",
      "node_sum: ElementwiseOp(depth,relu6)->sum",
      "node_pooled: Pooling(sum)->pooled",
      "pooled.ncs: Permute(pooled)->pooled.ncs",
      "node_flat: Reshape(pooled.ncs)->flat",
      "node_logits: FullyConnected(flat)->logits",
      "node_scores: SoftMax(logits)->scores",
    ],
  );
  assertEquals(attributesOf(layers[1]), {
    OutputDims: { 0: [1, 9, 8, 3] },
    order: [0, 2, 3, 1],
  });
  assertEquals(attributesOf(layers[2]), {
    OutputDims: { 0: [1, 5, 4, 4] },
    dilation_x: 1,
    dilation_y: 1,
    groups: 1,
    kernel_size: 3,
    kernel_size_y: 3,
    padding: 0,
    padding_mode: 0,
    padding_strategy: 3,
    padding_y: 1,
    stride: 2,
    stride_y: 2,
  });
  assertEquals(attributesOf(layers[4]), {
    OutputDims: { 0: [1, 5, 4, 4] },
    a: 0,
    b: 0,
    max_clamp: 6,
    min_clamp: 0,
    type: 4,
  });
  for (const layer of layers) {
    const names = layer.attributes.map(({ name }) => name);
    assertEquals(names, names.toSorted());
  }
});

Deno.test("modelToDlc() writes weights of version 3 in the layouts of real files", async () => {
  const layers = layersOf(await modelToDlc(await build(CLASSIFIER)));
  const tensors = layers.flatMap((layer) =>
    layer.tensors.map(({ name, data }) => `${layer.name} ${name} [${data.shape}]`)
  );
  assertEquals(tensors, [
    "node_conv bias [4]",
    "node_conv weights_0 [3,3,3,4]",
    "node_norm bias [4]",
    "node_norm weights_0 [4]",
    "node_depth bias [4]",
    "node_depth weights_0 [3,3,1,4]",
    "node_logits bias [5]",
    "node_logits weights_0 [5,4]",
  ]);
  const bias = layers[2]?.tensors[0]?.data;
  assert(bias !== undefined);
  assertEquals([...(await readDense(bias)).data], [0, 0, 0, 0]);
});

Deno.test("modelToDlc() leaves biases out where no zeros are asked for", async () => {
  const model = await build(CLASSIFIER);
  const layers = layersOf(await modelToDlc(model, { version: "3", zeroBias: false }));
  assertEquals(layers[2]?.tensors.map(({ name }) => name), ["weights_0"]);
});

Deno.test("modelToDlc() states every buffer of version 3 with observed axis orders", async () => {
  const document = await modelToDlc(await build(CLASSIFIER));
  assert(document.version === "3.0");
  const buffers = plain(document.attributes[0]) as Record<string, Record<string, unknown>>;
  const orders = Object.entries(buffers).map(([name, info]) => `${name} ${info.axis_order}`);
  assertEquals(orders, [
    "image 3,0,1,2",
    "image.nsc 3,2,0,1",
    "conv 3,2,0,1",
    "norm 3,2,0,1",
    "relu6 3,2,0,1",
    "depth 3,2,0,1",
    "sum 3,2,0,1",
    "pooled 3,2,0,1",
    "pooled.ncs 3,0,1,2",
    "flat 7",
    "logits 3,5",
    "scores 3,5",
  ]);
  assertEquals(buffers.conv, { axis_order: [3, 2, 0, 1], data_size: 32, dims: [1, 5, 4, 4] });
});

Deno.test("modelToDlc() writes a classifier as the operators of version 4.1", async () => {
  const document = await modelToDlc(await build(CLASSIFIER), { version: "4" });
  assertEquals(
    operatorsOf(document).map(({ name, type, inputs, outputs }) =>
      `${name}: ${type}(${inputs})->${outputs}`
    ),
    [
      "image.nsc: Transpose(image)->image.nsc",
      "node_conv: Conv2d(image.nsc,w1)->conv",
      "node_norm: Batchnorm(conv,node_norm.weight,node_norm.bias)->norm",
      "node_relu6: ReluMinMax(norm)->relu6",
      "node_depth: DepthWiseConv2d(relu6,w2,b2)->depth",
      "node_sum: Eltwise_Binary(depth,relu6)->sum",
      "node_pooled: PoolAvg2d(sum)->pooled",
      "pooled.ncs: Transpose(pooled)->pooled.ncs",
      "node_flat: Reshape(pooled.ncs)->flat",
      "node_logits: FullyConnected(flat,w3,b3)->logits",
      "node_scores: Softmax(logits)->scores",
    ],
  );
});

Deno.test("modelToDlc() gives version 4.1 tensors ids, roles, types and parameters", async () => {
  const document = await modelToDlc(await build(CLASSIFIER), { version: "4" });
  assert(document.version === "4.1");
  const [graph] = document.graphs;
  assert(graph !== undefined);
  const conv = graph.operators[1];
  const parameters = await Promise.all(
    (conv?.attributes ?? []).map(async ({ name, group, value }) => {
      if (value.kind !== "tensor") return [name, group, value.dtypeCode, value.value];
      const { tensor } = value;
      assert(tensor.data !== undefined);
      const elements = [...(await readDense(tensor.data)).data];
      return [name, group, tensor.name, tensor.dtypeCode, tensor.shape, elements];
    }),
  );
  assertEquals(parameters, [
    ["dilation", 1, "node_conv_dilation", 0x0132, [2], [1, 1]],
    ["group", 1, 0x0132, 1],
    ["packageName", 2, 0x0608, "qti.aisw"],
    ["pad_amount", 1, "node_conv_pad_amount", 0x0132, [2, 2], [1, 1, 0, 1]],
    ["stride", 1, "node_conv_stride", 0x0132, [2], [2, 2]],
  ]);
  const found = graph.tensors.map(({ name, role, shape, dtypeCode }) =>
    `${name} ${role} [${shape}] ${dtypeCode.toString(16)}`
  );
  assertEquals(found.slice(0, 5), [
    "image 0 [1,3,9,8] 232",
    "scores 1 [1,5] 232",
    "image.nsc 3 [1,9,8,3] 232",
    "w1 4 [3,3,3,4] 232",
    "conv 3 [1,5,4,4] 232",
  ]);
  const ids = [
    ...graph.tensors.map(({ id }) => id),
    ...graph.operators.flatMap(({ attributes }) =>
      attributes.flatMap(({ value }) => value.kind === "tensor" ? [value.tensor.id] : [])
    ),
  ];
  assertEquals(new Set(ids).size, ids.length);
});

for (const [what, parts] of [["classifier", CLASSIFIER], ["detector", DETECTOR]] as const) {
  for (const version of ["3", "4"] as const) {
    Deno.test(`modelToDlc() and dlcToModel() keep a ${what} through version ${version}`, async () => {
      const model = await build(parts);
      const once = (await roundTrip(model, { version })).model;
      await assertSameNumbers(once, model);
      assertEquals(
        once.nodes.map(({ operator }) => operator).toSorted(),
        model.nodes.map(({ operator }) => operator).toSorted(),
      );
      const twice = (await roundTrip(once, { version })).model;
      assertEquals(structureOf(twice), structureOf(once));
    });
  }
}

Deno.test("modelToDlc() and dlcToModel() keep the names of nodes and values", async () => {
  const model = await build(CLASSIFIER);
  for (const version of ["3", "4"] as const) {
    const back = (await roundTrip(model, { version })).model;
    assertEquals(flow(back), flow(model));
  }
});

Deno.test("modelToDlc() writes no layer for a Transpose that the layout makes", async () => {
  const document = await modelToDlc(await build(DETECTOR), { version: "3" });
  const permutes = layersOf(document).filter(({ type }) => type === "Permute");
  assertEquals(permutes.map(({ name, outputs }) => `${name}->${outputs}`), [
    "image.nsc->image.nsc",
    "features.ncs->features",
  ]);
  const back = (await roundTrip(await build(DETECTOR), { version: "3" })).model;
  const transposes = flow(back).filter((line) => line.includes("Transpose"));
  assertEquals(
    transposes,
    [
      "active.nhwc: Transpose(active)->active.nhwc",
      "features.nsc.nhwc: Transpose(features)->features.nsc.nhwc",
    ].map((line) => line),
  );
});

Deno.test("modelToDlc() names what is written to version 3 and by whom", async () => {
  const model = await build(CLASSIFIER);
  const document = await modelToDlc({
    ...model,
    metadata: {
      modelVersion: "7",
      copyright: "A\nB",
      converterCommand: "dlcstream convert a.onnx",
    },
  });
  assertEquals([...document.metadata], [
    ["converter-command", "dlcstream convert a.onnx"],
    ["converter-version", VERSION],
    ["model-copyright", "A B"],
    ["model-version", "7"],
    ["quantizer-command", "N/A"],
  ]);
  const back = (await roundTrip(await quantized(), { version: "3" })).model;
  assertEquals(back.metadata.quantizerCommand, "dlcstream");
  assertEquals(back.metadata.format, "dlc 3");
});

Deno.test("modelToDlc() writes quantized weights as the codes they have", async () => {
  const model = await quantized();
  const document = await modelToDlc(model);
  const layer = layersOf(document).find(({ name }) => name === "node_c");
  const [bias, tensor] = layer?.tensors ?? [];
  assert(tensor !== undefined && bias !== undefined);
  assertEquals([tensor.data.dtype, tensor.data.shape], ["uint8", [2, 2, 3, 2]]);
  // Element [y, x, channel, output] holds the code of [output, channel, y, x].
  const expected = [0, 1, 2, 3].flatMap((at) => [0, 4, 8].flatMap((c) => [at + c, at + c + 12]));
  assertEquals([...(await readDense(tensor.data)).data], expected);
  assertEquals(plain(tensor.attributes[0]), {
    0: {
      delta: GRID.scale,
      max: GRID.max,
      min: GRID.min,
      offset: -128,
      precision: 520,
    },
  });
  assertEquals(attributesOf(layer).FxpData, plain(tensor.attributes[0]));
  const back = (await roundTrip(model, { version: "3" })).model;
  await assertSameNumbers(back, model);
  assertEquals(back.encodings.activations, model.encodings.activations);
});

Deno.test("modelToDlc() writes symmetric codes signed to version 4.1 and unsigned to 3", async () => {
  const model = await quantized({ symmetric: true });
  const four = await modelToDlc(model, { version: "4" });
  assert(four.version === "4.1");
  const tensor = four.graphs[0]?.tensors.find(({ name }) => name === "w");
  assert(tensor?.data !== undefined);
  assertEquals([tensor.dtypeCode, tensor.sourceDtypeCode], [0x0308, 0x0232]);
  assertEquals(tensor.quantization.encodings[0]?.offset, 0);
  assertEquals([...(await readDense(tensor.data)).data].slice(0, 3), [-128, -116, -124]);
  const back = (await roundTrip(model, { version: "4" })).model;
  assertEquals(back.encodings, model.encodings);
  await assertSameNumbers(back, model);
  const three = (await roundTrip(model, { version: "3" })).model;
  await assertSameNumbers(three, model);
});

Deno.test("modelToDlc() writes encodings of channels along the stored axis", async () => {
  const model = await quantized();
  const encoding = {
    axis: 0,
    encodings: [{ ...GRID, symmetric: true }, { ...GRID, scale: 0.5, symmetric: true }],
  };
  const { activations } = model.encodings;
  const w = viewTensor(
    referenceDense("w", weights(2, 3, 2, 2)),
    { kind: "quantize", encoding, dtype: "int8" },
  );
  const perChannel: Model = {
    ...model,
    initializers: new Map([
      ...model.initializers,
      ["w", viewTensor(w, { kind: "dequantize", encoding })],
    ]),
    encodings: { activations, parameters: new Map([["w", encoding]]) },
  };
  const document = await modelToDlc(perChannel);
  assert(document.version === "4.1");
  const tensor = document.graphs[0]?.tensors.find(({ name }) => name === "w");
  assertEquals([tensor?.quantization.kind, tensor?.quantization.axis], [1, 3]);
  assertEquals(tensor?.quantization.encodings.map(({ scale }) => scale), [GRID.scale, 0.5]);
  const back = (await roundTrip(perChannel, { version: "4" })).model;
  assertEquals(back.encodings.parameters.get("w"), encoding);
  await assertSameNumbers(back, perChannel);
});

Deno.test("modelToDlc() takes version 4.1 where version 3 cannot hold the model", async () => {
  const model = await quantized();
  const activations = new Map(model.encodings.activations);
  activations.set("x", { encodings: [{ ...GRID, bitwidth: 16, offset: -32768 }] });
  const wide = { ...model, encodings: { ...model.encodings, activations } };
  const document = await modelToDlc(wide);
  assertEquals(document.version, "4.1");
  await assertRejects(
    () => modelToDlc(wide, { version: "3" }),
    UnsupportedError,
    'Cannot write DLC version 3: "x" has 16 bits, expected 8 bits; DLC version 4 would work',
  );
});

Deno.test("modelToDlc() takes version 4.1 for weights of 2 GiB", async () => {
  const shape = [16384, 32768];
  const source: ByteSource = {
    name: "large.bin",
    byteLength: 2 ** 31,
    read: () => Promise.reject(new Error("nothing is read")),
    openSibling: () => Promise.reject(new Error("nothing is opened")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const model = await build({
    inputs: [input("x", 1, 32768)],
    references: [referenceRange({ name: "w", dtype: "float32", shape, source, offset: 0 })],
    nodes: [node("Gemm", ["x", "w"], "y", { transB: 1 })],
    outputNames: ["y"],
  });
  assertEquals((await modelToDlc(model)).version, "4.1");
  await assertRejects(
    () => modelToDlc(model, { version: "3", zeroBias: false }),
    UnsupportedError,
    "Cannot write DLC version 3: its weights take 2147483648 bytes, expected less than 2147483648; " +
      "DLC version 4 would work",
  );
});

const REFUSED: readonly (readonly [string, "3" | "4", GraphParts, string])[] = [
  [
    "an operator that version 3 lacks",
    "3",
    {
      inputs: [input("x", 2, 3)],
      nodes: [node("Exp", ["x"], "y")],
    },
    'Cannot convert node "node_y" (Exp): version 3 has no known layer type for it; DLC version 4 would work',
  ],
  [
    "padding before an axis",
    "3",
    {
      inputs: [input("x", 1, 1, 4, 4)],
      constants: { w: weights(1, 1, 2, 2) },
      nodes: [node("Conv", ["x", "w"], "y", { pads: [1, 1, 0, 0] })],
    },
    'Cannot convert node "node_y" (Conv): it is padded [1, 1] before and [0, 0] after, which DLC version 3 is not known to say; DLC version 4 would work',
  ],
  ["integers in version 3", "3", {
    inputs: [{ name: "x", dtype: "int32", shape: [2] }],
    nodes: [node("Abs", ["x"], "y")],
  }, 'Cannot write DLC version 3: input "x" is int32, expected float32; DLC version 4 would work'],
  [
    "an operator that no version has",
    "4",
    {
      inputs: [input("x", 2, 3)],
      nodes: [node("Hardmax", ["x"], "y")],
    },
    'Cannot convert node "node_y" (Hardmax): a DLC has no such operator; a network that ' +
    "ends before it (--out-node) would work",
  ],
  ["a convolution in space and time", "4", {
    inputs: [input("x", 1, 1, 4, 4, 4, 4)],
    constants: { w: weights(1, 1, 2, 2, 2, 2) },
    nodes: [node("Conv", ["x", "w"], "y")],
  }, 'Cannot convert node "node_y" (Conv): it works on 4 spatial axes; three at most would work'],
  [
    "computed weights",
    "4",
    {
      inputs: [input("x", 1, 1, 4, 4), input("w", 1, 1, 2, 2)],
      nodes: [node("Conv", ["x", "w"], "y")],
    },
    'Cannot convert node "node_y" (Conv): its weights "w" are computed by the network; constant weights would work',
  ],
  [
    "a scale of InstanceNormalization that is computed",
    "4",
    {
      inputs: [input("x", 1, 4, 4, 4), input("s", 4)],
      constants: { b: weights(4) },
      nodes: [node("InstanceNormalization", ["x", "s", "b"], "y")],
    },
    'Cannot convert node "node_y" (InstanceNormalization): its scale or bias is computed by the network; constants would work',
  ],
  [
    "InstanceNormalization of a volume",
    "4",
    {
      inputs: [input("x", 1, 4, 2, 3, 4)],
      constants: { s: weights(4), b: weights(4) },
      nodes: [node("InstanceNormalization", ["x", "s", "b"], "y")],
    },
    'Cannot convert node "node_y" (InstanceNormalization): its input has rank 5; rank 3 or 4 would work',
  ],
  [
    "a value without elements",
    "4",
    {
      inputs: [input("x", 2, 3)],
      constants: { e: integers(1), s: integers(1), a: integers(0) },
      nodes: [node("Slice", ["x", "s", "e", "a"], "y")],
    },
    'Cannot convert node "node_y" (Slice): "y" has no elements ([0,3]); positive dimensions would work',
  ],
  ["an even window of channels", "4", {
    inputs: [input("x", 1, 4, 2, 2)],
    nodes: [node("LRN", ["x"], "y", { size: 2 })],
  }, 'Cannot convert node "node_y" (LRN): its window has 2 channels; an odd number would work'],
  ["padding that cuts", "4", {
    inputs: [input("x", 4)],
    constants: { pads: integers(-1, 0) },
    nodes: [node("Pad", ["x", "pads"], "y")],
  }, 'Cannot convert node "node_y" (Pad): it cuts off elements (pads [-1,0]); a Slice would work'],
];

for (const [what, version, parts, message] of REFUSED) {
  Deno.test(`modelToDlc() refuses ${what}`, async () => {
    const model = await build({ ...parts, outputNames: ["y"] });
    const error = await assertRejects(() => modelToDlc(model, { version }), UnsupportedError);
    assertEquals(error.message, message);
  });
}
