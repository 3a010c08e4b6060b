import { assertEquals, assertRejects } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { openCaffe } from "../../../src/formats/caffe/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import { readDense } from "../../../src/tensor/mod.ts";
import type { Model } from "../../../src/graph/mod.ts";
import { type Blob, caffemodel, inputLayer, openText } from "./_networks.ts";

const INPUT = inputLayer("data", 1, 1, 4, 4);

function ramp(...shape: number[]): Blob {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, values: Array.from({ length: count }, (_, index) => index + 1) };
}

function fullyConnected(name: string, bottom: string, more = ""): string {
  return `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}" ${more} ` +
    `inner_product_param { num_output: 2 bias_term: false } }\n`;
}

/** What each node does, reads and writes. */
function story(model: Model): string[] {
  return model.nodes.map(({ operator, inputs, outputs }) =>
    `${operator} ${inputs.join(" ")} -> ${outputs.join(" ")}`
  );
}

Deno.test("openCaffe() gives blobs that are written in place values of their own", async () => {
  await using model = await openText(
    INPUT +
      `layer { name: "r1" type: "ReLU" bottom: "data" top: "data" }
       layer { name: "a" type: "AbsVal" bottom: "data" top: "x" }
       layer { name: "b" type: "Sigmoid" bottom: "x" top: "x" }
       layer { name: "d" type: "Dropout" bottom: "x" top: "x" }
       layer { name: "c" type: "TanH" bottom: "x" top: "y" }
       layer { name: "e" type: "Dropout" bottom: "y" top: "z" }`,
  );
  assertEquals(story(model), [
    "Relu data -> data/r1",
    "Abs data/r1 -> x/a",
    "Sigmoid x/a -> x",
    "Tanh x -> y",
    "Identity y -> z",
  ]);
  assertEquals(model.outputs.map(({ name }) => name), ["z"]);
});

Deno.test("openCaffe() leaves out what rules keep for training", async () => {
  await using model = await openText(
    `layer { name: "train" type: "Data" top: "data" top: "label" include { phase: TRAIN } }
     layer { name: "test" type: "Data" top: "data" top: "label" include { phase: TEST } }
     layer { name: "a" type: "ReLU" bottom: "data" top: "a" exclude { stage: "deploy" } }
     layer { name: "b" type: "AbsVal" bottom: "data" top: "b" include { min_level: 1 }
       include { phase: TEST not_stage: "fast" } }
     layer { name: "c" type: "AbsVal" bottom: "data" top: "c" include { min_level: 3 } }
     layer { name: "loss" type: "SoftmaxWithLoss" bottom: "b" bottom: "label" top: "loss" }
     layer { name: "accuracy" type: "Accuracy" bottom: "b" bottom: "label" top: "accuracy" }
     layer { name: "quiet" type: "Silence" bottom: "label" }
     state { stage: "deploy" level: 2 }`,
    {},
    { inputShapes: new Map([["data", [1, 3]]]) },
  );
  assertEquals(story(model), ["Abs data -> b"]);
  assertEquals(model.inputs.map(({ name }) => name), ["data"]);
});

Deno.test("openCaffe() takes a batch of one, or what is asked for", async () => {
  const text = `input: "data" input_dim: 10 input_dim: 3 input_dim: 5 input_dim: 6
    layer { name: "a" type: "ReLU" bottom: "data" top: "a" }`;
  const shapeWith = async (options: Parameters<typeof openText>[2]) => {
    await using model = await openText(text, {}, options);
    return model.inputs[0]?.shape;
  };
  assertEquals(await shapeWith({}), [1, 3, 5, 6]);
  assertEquals(await shapeWith({ batch: "keep" }), [10, 3, 5, 6]);
  assertEquals(await shapeWith({ batch: 4 }), [4, 3, 5, 6]);
  const inputShapes = new Map([["data", [2, 3, 7, 7]]]);
  assertEquals(await shapeWith({ inputShapes }), [2, 3, 7, 7]);
});

Deno.test("openCaffe() reads weights of every kind", async () => {
  const text = inputLayer("data", 1, 3) + fullyConnected("a", "data");
  const values = [1, 2, 3, 4, 5, 6];
  for (
    const blob of [
      { shape: [2, 3], values },
      { shape: [1, 1, 2, 3], values },
      { shape: [1, 1, 2, 3], values, legacy: true },
      { shape: [2, 3], values, unpacked: true },
    ]
  ) {
    await using model = await openText(text, { a: [blob] });
    const weight = model.initializers.get("a.weight");
    if (weight === undefined) throw new Error("The weight is missing");
    assertEquals([...(await readDense(weight)).data], values);
    assertEquals(weight.shape, [2, 3]);
  }
});

Deno.test("openCaffe() shares weights that have a common name", async () => {
  await using model = await openText(
    inputLayer("data", 1, 2) + fullyConnected("a", "data", 'param { name: "w" }') +
      fullyConnected("b", "a", 'param { name: "w" }'),
    { a: [ramp(2, 2)] },
  );
  const values = await Promise.all(
    [...model.initializers.values()].map(async (weight) => [...(await readDense(weight)).data]),
  );
  assertEquals(values, [[1, 2, 3, 4], [1, 2, 3, 4]]);
});

Deno.test("openCaffe() makes one batch norm of BatchNorm and Scale", async () => {
  await using model = await openText(
    INPUT + `layer { name: "n" type: "BatchNorm" bottom: "data" top: "n" }
      layer { name: "s" type: "Scale" bottom: "n" top: "n" scale_param { bias_term: true } }`,
    {
      n: [ramp(1), { shape: [1], values: [8] }, { shape: [1], values: [2] }],
      s: [{ shape: [1], values: [3] }, { shape: [1], values: [5] }],
    },
  );
  assertEquals(model.nodes.map(({ operator }) => operator), ["BatchNormalization"]);
  const numbers = await Promise.all(
    (model.nodes[0]?.inputs.slice(1) ?? []).map(async (name) => {
      const reference = model.initializers.get(name);
      return reference === undefined ? [] : [...(await readDense(reference)).data];
    }),
  );
  assertEquals(numbers, [[3], [5], [0.5], [4]]);
});

Deno.test("openCaffe() reads a network that a caffemodel holds", async () => {
  const types = { data: "Input", a: "InnerProduct" };
  const bytes = caffemodel({ data: [], a: [ramp(2, 3)] }, (name, writer) => {
    writer.uint32(2 << 3 | 2).string(name === "a" ? types.a : types.data);
    if (name === "a") writer.uint32(3 << 3 | 2).string("data");
    writer.uint32(4 << 3 | 2).string(name);
    if (name === "a") {
      writer.uint32(117 << 3 | 2).fork().uint32(1 << 3).uint32(2).uint32(2 << 3).bool(false).join();
    } else {
      writer.uint32(143 << 3 | 2).fork().uint32(1 << 3 | 2).fork()
        .uint32(1 << 3 | 2).fork().int64(1).int64(3).join().join().join();
    }
  });
  await using model = await openCaffe(await openSource(bytes));
  assertEquals(story(model), ["Gemm data a.weight -> a"]);
  assertEquals(model.inputs, [{ name: "data", dtype: "float32", shape: [1, 3] }]);
  assertEquals(model.metadata.format, "caffe");
});

Deno.test("openCaffe() ends a network at blobs or layers, and does not look behind them", async () => {
  const text = INPUT + `layer { name: "a" type: "ReLU" bottom: "data" top: "x" }
    layer { name: "b" type: "AbsVal" bottom: "x" top: "x" }
    layer { name: "c" type: "Proposal" bottom: "x" top: "c" }`;
  const outputsOf = async (...outputs: string[]) => {
    await using model = await openText(text, {}, { outputs });
    return [model.outputs.map(({ name }) => name), model.nodes.length];
  };
  assertEquals(await outputsOf("x"), [["x"], 2]);
  assertEquals(await outputsOf("a"), [["x/a"], 1]);
  assertEquals(await outputsOf("b", "a"), [["x", "x/a"], 2]);
  await assertRejects(
    () => outputsOf("y"),
    FormatError,
    'Cannot end the network of "deploy.prototxt" with "y": there is no such blob or layer, nearest',
  );
  await assertRejects(
    () => outputsOf(),
    UnsupportedError,
    'Cannot convert layer "c" (Proposal): it works on regions whose number depends on the data; end the ' +
      "network in front of it with --out-node",
  );
});

Deno.test("openCaffe() says which weight is missing or of another shape", async () => {
  const text = inputLayer("data", 1, 3) + fullyConnected("a", "data");
  for (
    const [layers, message] of [
      [{}, "found no weights of that layer, expected [2,3] as blob 0"],
      [{ a: [ramp(3, 2)] }, "its shape is [3,2], the layer needs [2,3]"],
      [{ a: [{ shape: [2, 3], values: [] }] }, "blob 0 has no data"],
      [
        { a: [{ shape: [2, 3], values: [1, 2, 3, 4, 5] }] },
        "float32 of shape [2,3] takes 24 bytes, the file states 20",
      ],
    ] as const
  ) {
    await assertRejects(
      () => openText(text, layers),
      FormatError,
      `Cannot read tensor "a.weight" of "net.caffemodel": ${message}`,
    );
  }
  const conv = INPUT +
    `layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param {
      num_output: 1 kernel_size: 2 } }`;
  await assertRejects(
    () => openText(conv, { c: [ramp(1, 1, 2, 2)] }),
    FormatError,
    'Cannot read tensor "c.bias" of "net.caffemodel": found 1 blobs of that layer, expected [1] as blob 1',
  );
});

Deno.test("openCaffe() tells all problems of a network at once", async () => {
  const error = await assertRejects(
    () =>
      openText(
        INPUT + `layer { name: "a" type: "Foo" bottom: "data" top: "a" }
        layer { name: "b" type: "ReLU" bottom: "a" top: "b" }
        layer { name: "c" type: "LSTM" bottom: "b" top: "c" }
        layer { name: "d" type: "ReLU" bottom: "data" top: "d" relu_param { slope: 1 } }`,
      ),
    FormatError,
  );
  assertEquals(error.problems.map((problem) => problem.split(":")[0]), [
    'Cannot convert layer "a" (Foo)',
    'Cannot convert layer "c" (LSTM)',
    'Cannot read layer "d" of "deploy.prototxt" at line 5, column 77',
  ]);
  assertEquals(
    error.message,
    'Cannot convert "deploy.prototxt": 3 problems, the first: Cannot convert layer "a" (Foo): layers of ' +
      'type "Foo" are not supported; docs/operators.md lists those that are',
  );
});

Deno.test("openCaffe() names the layer and what is wrong with it", async () => {
  const cases: readonly [type: string, settings: string, message: string][] = [
    ["Pooling", "pooling_param { }", 'its "kernel_size" is missing, expected an integer from 1'],
    ["Pooling", "pooling_param { kernel_size: 2 kernel_h: 2 kernel_w: 2 }", "expected one form"],
    [
      "Pooling",
      "pooling_param { kernel_size: 2 pad: 2 }",
      "its padding is 2, expected less than 2",
    ],
    [
      "Pooling",
      "pooling_param { global_pooling: true kernel_size: 2 }",
      'has "kernel_size" beside',
    ],
    ["Convolution", "", 'its "kernel_size" is missing'],
    ["Convolution", "convolution_param { kernel_size: 2 }", 'its "num_output" is missing'],
    ["Convolution", "convolution_param { kernel_size: 2 num_output: 3 group: 2 }", "2 groups"],
    ["Slice", "slice_param { slice_point: 1 }", "it has 1 slice points, expected 0"],
    ["Softmax", "softmax_param { axis: 4 }", "its axis is 4, expected -4 to 3"],
    ["Reshape", "reshape_param { shape { dim: 3 } }", "its shape is [3], its input is [1,1,4,4]"],
    [
      "Permute",
      "permute_param { order: 0 order: 0 }",
      "its order is [0,0], expected some of 0 to 3",
    ],
    ["LRN", "lrn_param { local_size: 4 }", "its local_size is 4, expected an odd number"],
    ["Eltwise", "", "it has 1 bottoms, expected at least 2"],
    ["Crop", "", "it has 1 bottoms, expected at least 2"],
    ["Tile", "", "its tiles are 0, expected a positive integer"],
    ["Flatten", "flatten_param { axis: 2 end_axis: 1 }", "its end_axis 1 lies before its axis 2"],
    ["ArgMax", "argmax_param { top_k: 99 }", "its top_k is 99, expected 1 to 16"],
    ["ShuffleChannel", "shuffle_channel_param { group: 3 }", "it has 3 groups, expected a divisor"],
    ["Reorg", "reorg_param { stride: 2 }", "its stride is 2, expected one that divides 4 and 4"],
    ["PriorBox", "", "its min_size is [], expected positive numbers"],
    ["Interp", "", 'its output is [0,0], expected positive "height" and "width"'],
    ["Log", "log_param { base: 0 }", "its base is 0, expected a positive number, or -1 for e"],
  ];
  for (const [type, settings, message] of cases) {
    const text = `${INPUT}layer { name: "l" type: "${type}" bottom: "data" top: "y" ${settings} }`;
    const error = await assertRejects(() => openText(text), FormatError);
    assertEquals(
      error.message.startsWith(`Cannot read layer "l" (${type}) of "deploy.prototxt": `) &&
        error.message.includes(message),
      true,
      error.message,
    );
  }
});

Deno.test("openCaffe() says what would work instead of what is not supported", async () => {
  const cases: readonly [type: string, settings: string, message: string][] = [
    [
      "Pooling",
      "pooling_param { pool: STOCHASTIC kernel_size: 2 }",
      "it pools at random; MAX or AVE",
    ],
    ["Pooling", "pooling_param { kernel_size: 1 stride: 4 }", "a kernel of at least the stride"],
    ["BatchNorm", "batch_norm_param { use_global_stats: false }", "stored ones would work"],
    ["Power", "power_param { scale: 0 }", "its result does not depend on its input; leave it out"],
    ["ReLU6", "relu6_param { negative_slope: 1 }", "a slope of 0 would work"],
    [
      "Reorg",
      "reorg_param { stride: 2 reverse: true }",
      "it is reversed; one that is not would work",
    ],
    ["Python", "", "it is a program; end the network in front of it with --out-node"],
    ["ROIPooling", "", "it works on regions whose number depends on the data"],
  ];
  for (const [type, settings, message] of cases) {
    const input = type === "Pooling" ? inputLayer("data", 1, 1, 6, 6) : INPUT;
    const text = `${input}layer { name: "l" type: "${type}" bottom: "data" top: "y" ${settings} }`;
    const error = await assertRejects(() => openText(text), UnsupportedError);
    assertEquals(
      error.message.startsWith(`Cannot convert layer "l" (${type}): `) &&
        error.message.includes(message),
      true,
      error.message,
    );
  }
});

Deno.test("openCaffe() says what is missing at the edges of a network", async () => {
  const relu = `layer { name: "a" type: "ReLU" bottom: "data" top: "a" }`;
  await assertRejects(
    () => openText(relu),
    FormatError,
    'Cannot read "deploy.prototxt": no layer makes blob "data", which layers read; if it is an input ' +
      "of the network, give its shape with --input-dim data 1,3,224,224",
  );
  await assertRejects(
    () => openText(`input: "data" ${relu}`),
    UnsupportedError,
    'Cannot convert "deploy.prototxt": the shape of input "data" is not known; give it with ' +
      "--input-dim data 1,3,224,224",
  );
  await assertRejects(
    () => openText(INPUT + relu, {}, { inputShapes: new Map([["date", [1]]]) }),
    RangeError,
    'Cannot set the shape of "date": "deploy.prototxt" has no such input, nearest is "data"',
  );
  await assertRejects(
    () => openText(INPUT + relu, {}, { inputShapes: new Map([["data", [1, 2]]]) }),
    RangeError,
    'Cannot set the shape of input "data": found [1,2], expected 4 positive integers',
  );
  await assertRejects(
    () => openText(`input: "a" input: "b" input_shape { dim: 1 } ${relu}`),
    FormatError,
    'Cannot read "deploy.prototxt": it declares 2 inputs with 1 shapes and 0 of "input_dim"',
  );
  await assertRejects(
    () => openText(INPUT),
    FormatError,
    'Cannot open "deploy.prototxt": its network has no layers that compute',
  );
  await assertRejects(
    () => openText(`${relu} layers { name: "b" }`),
    FormatError,
    'Cannot read "deploy.prototxt": it has both "layer" and "layers", expected one of them',
  );
  await assertRejects(
    async () => openCaffe(await openSource(new TextEncoder().encode(INPUT), { name: "a" })),
    FormatError,
    'Cannot open "a": it describes the network without its weights; give the caffemodel with --caffe-bin',
  );
});

Deno.test("openCaffe() refuses settings that version 0 does not have for a layer", async () => {
  const open = (layer: string) =>
    openText(`input: "data" input_dim: [1, 1, 4, 4]
      layers { layer { ${layer} } bottom: "data" top: "x" }`);
  await assertRejects(
    () => open('name: "a" type: "relu" pad: 1'),
    FormatError,
    'Cannot read layer "a" of "deploy.prototxt": layers of type "relu" have no "pad"',
  );
  await assertRejects(
    () => open('name: "a" type: "fancy"'),
    FormatError,
    'Cannot read layer "a" of "deploy.prototxt": version 0 has no layer type "fancy"',
  );
  await assertRejects(
    () =>
      openText(`input: "data" input_dim: [1, 1, 4, 4]
        layers { layer { name: "p" type: "padding" pad: 1 } bottom: "data" top: "p" }
        layers { layer { name: "a" type: "relu" } bottom: "p" top: "a" }`),
    FormatError,
    'Cannot read layer "a" of "deploy.prototxt": it reads from padding layer "p", expected a ' +
      "convolution or pool behind that",
  );
});
