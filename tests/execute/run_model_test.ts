import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { FormatError, MemoryLimitError, UnsupportedError } from "../../src/errors.ts";
import {
  type EngineName,
  type ExecuteProgress,
  openEngine,
  runModel,
  type RunOptions,
} from "../../src/execute/mod.ts";
import type { Model, Node } from "../../src/graph/mod.ts";
import type { DenseTensor, SampleSource } from "../../src/tensor/mod.ts";
import {
  convolutionNetwork,
  encoding,
  int,
  ints,
  node,
  noise,
  samplesOf,
  smallModel,
  tensor,
  value,
} from "./_small_model.ts";

// Its threads live as long as the process; no test shall be blamed for them.
await openEngine({ engine: "wasm", threads: 2 });

async function collect(
  model: Model,
  samples: SampleSource,
  options: RunOptions = {},
): Promise<ReadonlyMap<string, DenseTensor>[]> {
  const found: ReadonlyMap<string, DenseTensor>[] = [];
  for await (const { index, outputs } of runModel(model, samples, options)) {
    assertEquals(index, found.length);
    found.push(outputs);
  }
  return found;
}

function numbersOf(
  found: readonly ReadonlyMap<string, DenseTensor>[],
  name = "y",
): number[][] {
  return found.map((outputs) => Array.from(outputs.get(name)?.data ?? [], Number));
}

/** The largest difference, relative to the largest number. */
function difference(actual: readonly number[][], expected: readonly number[][]): number {
  const [a, b] = [actual.flat(), expected.flat()];
  assertEquals(a.length, b.length);
  const scale = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((number, index) => Math.abs(number - (b[index] ?? NaN)))) / scale;
}

const THREE_IMAGES = samplesOf(
  noise([1, 8, 12, 12], 10),
  noise([1, 8, 12, 12], 11),
  noise([1, 8, 12, 12], 12),
);

for (const engine of ["native", "wasm"] satisfies EngineName[]) {
  Deno.test(`runModel() computes a network by hand, ${engine}`, async () => {
    const model = smallModel({
      inputs: [value("x", [1, 1, 2, 2])],
      nodes: [
        node("Conv x,w,b -> c"),
        node("Relu c -> r"),
        node("ArgMax r -> y", { axis: int(1) }),
      ],
      values: [
        value("c", [1, 2, 2, 2]),
        value("r", [1, 2, 2, 2]),
        value("y", [1, 1, 2, 2], "int64"),
      ],
      initializers: { w: tensor([2, 1, 1, 1], [2, -1]), b: tensor([2], [0, 0.5]) },
      outputs: ["r", "y"],
    });
    const samples = samplesOf(tensor([1, 1, 2, 2], [1, -2, 0.25, 0]));
    const [outputs] = await collect(model, samples, { engine });
    assertEquals(outputs?.get("r"), tensor([1, 2, 2, 2], [2, 0, 0.5, 0, 0, 2.5, 0.25, 0.5]));
    assertEquals(
      outputs?.get("y"),
      tensor([1, 1, 2, 2], BigInt64Array.of(0n, 1n, 0n, 1n), "int64"),
    );
  });
}

Deno.test("runModel() gives the same whatever the memory limit", async () => {
  const model = convolutionNetwork();
  const whole = numbersOf(await collect(model, THREE_IMAGES));
  // The whole network; without blocked layout; segments; segments and tiles; all in the spill file.
  for (const memoryLimit of [64e6, 4e6, 3e6, 1.2e6, 0.6e6]) {
    const found = numbersOf(await collect(model, THREE_IMAGES, { memoryLimit }));
    assert(difference(found, whole) < 1e-5);
  }
});

Deno.test("runModel() gives the same on both engines", async () => {
  const model = convolutionNetwork();
  const native = numbersOf(await collect(model, THREE_IMAGES, { engine: "native" }));
  const wasm = await openEngine({ engine: "wasm", threads: 2 });
  assert(
    difference(numbersOf(await collect(model, THREE_IMAGES, { engine: wasm })), native) < 1e-5,
  );
});

Deno.test("runModel() removes its spill file", async () => {
  const tempDirectory = await Deno.makeTempDir();
  await collect(convolutionNetwork(), THREE_IMAGES, { memoryLimit: 0.6e6, tempDirectory });
  assertEquals(await Array.fromAsync(Deno.readDir(tempDirectory)), []);
  await Deno.remove(tempDirectory);
});

/** A network of one layer whose weights do not fit beside its activations. */
interface Layer {
  readonly node: Node;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly weights: readonly number[];
  readonly bias?: readonly number[];
}

const LAYERS: Readonly<Record<string, Layer>> = {
  "a convolution": {
    node: node("Conv x,w,b -> y", { strides: ints([2, 2]), pads: ints([1, 0, 1, 0]) }),
    input: [1, 16, 9, 9],
    output: [1, 201, 5, 4],
    weights: [201, 16, 3, 3],
    bias: [201],
  },
  "a grouped convolution": {
    node: node("Conv x,w,b -> y", { group: int(4) }),
    input: [1, 64, 3, 3],
    output: [1, 200, 1, 1],
    weights: [200, 16, 3, 3],
    bias: [200],
  },
  "a convolution of two large groups": {
    node: node("Conv x,w,b -> y", { group: int(2) }),
    input: [1, 32, 3, 3],
    output: [1, 200, 1, 1],
    weights: [200, 16, 3, 3],
    bias: [200],
  },
  "a depthwise convolution": {
    node: node("Conv x,w -> y", { group: int(700) }),
    input: [1, 700, 7, 7],
    output: [1, 1400, 1, 1],
    weights: [1400, 1, 7, 7],
  },
  "a fully connected layer of several rows": {
    node: node("Gemm x,w,b -> y", { alpha: { type: "float", value: 0.5 } }),
    input: [6, 64],
    output: [6, 451],
    weights: [64, 451],
    bias: [6, 451],
  },
  "a transposed fully connected layer with one bias": {
    node: node("Gemm x,w,b -> y", { transB: int(1) }),
    input: [2, 64],
    output: [2, 451],
    weights: [451, 64],
    bias: [1],
  },
  "a matrix product of batches": {
    node: node("MatMul x,w -> y"),
    input: [2, 3, 5, 64],
    output: [2, 3, 5, 451],
    weights: [3, 64, 451],
  },
};

for (const [name, layer] of Object.entries(LAYERS)) {
  Deno.test(`runModel() computes ${name} in tiles as whole`, async () => {
    const { bias } = layer;
    const model = smallModel({
      inputs: [value("x", layer.input)],
      nodes: [layer.node, node("Neg y -> z")],
      values: [value("y", layer.output), value("z", layer.output)],
      initializers: {
        w: noise(layer.weights, 1),
        ...(bias === undefined ? {} : { b: noise(bias, 2) }),
      },
    });
    const samples = samplesOf(noise(layer.input, 3), noise(layer.input, 4));
    const whole = numbersOf(await collect(model, samples), "z");
    const stages: ExecuteProgress[] = [];
    const tiled = await collect(model, samples, {
      memoryLimit: 180_000,
      onProgress: (progress) => stages.push(progress),
    });
    assert(difference(numbersOf(tiled, "z"), whole) < 1e-5);
    assertEquals(stages.map(({ layer, sample }) => [layer, sample]), [[1, 1], [1, 2], [2, 1], [
      2,
      2,
    ]]);
  });
}

Deno.test("runModel() fake-quantizes values where they are made", async () => {
  const model = smallModel({
    inputs: [value("x", [4])],
    nodes: [node("Mul x,two -> m"), node("Add m,m -> y")],
    values: [value("m", [4]), value("y", [4])],
    initializers: { two: tensor([1], [2]) },
    encodings: { x: encoding(0.5, -4), m: encoding(3, 0), y: encoding(0.25, -255) },
  });
  const input = tensor([4], [0.3, -1.25, 9, -7]);
  const [outputs] = await collect(model, samplesOf(input), { values: ["x", "m", "y"] });
  // x in steps of 0.5 from -2 on, where -1.25 is code 1.5, a tie; m in steps of 3 from 0 on; y <= 0.
  assertEquals(numbersOf([outputs ?? new Map()], "x"), [[0.5, -1, 9, -2]]);
  assertEquals(numbersOf([outputs ?? new Map()], "m"), [[0, 0, 18, 0]]);
  assertEquals(numbersOf([outputs ?? new Map()], "y"), [[0, 0, 0, 0]]);
  assertEquals(Array.from(input.data, Number), [0.3, -1.25, 9, -7].map(Math.fround));
});

Deno.test("runModel() gives the same quantized numbers whatever the memory limit", async () => {
  const encodings = {
    x: encoding(1 / 128, -128),
    r1: encoding(0.05, 0),
    a: encoding(0.05, -60),
    c3: encoding(0.1, -120),
    p: encoding(0.02, -128),
    f: encoding(0.02, -128),
    y: encoding(0.5, -128),
  };
  const model = { ...convolutionNetwork() };
  const activations = new Map(
    Object.entries(encodings).map(([name, found]) => [name, { encodings: [found] }]),
  );
  const quantized = { ...model, encodings: { activations, parameters: new Map() } };
  const whole = numbersOf(await collect(quantized, THREE_IMAGES));
  assert(whole.flat().every((number) => number % 0.5 === 0));
  assert(new Set(whole.flat()).size > 20);
  for (const memoryLimit of [6e6, 1.2e6, 0.6e6]) {
    assertEquals(numbersOf(await collect(quantized, THREE_IMAGES, { memoryLimit })), whole);
  }
});

Deno.test("runModel() returns inputs, intermediates and constants that are asked for", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 2])],
    nodes: [node("Add x,one -> a"), node("Shape a -> s"), node("Neg a -> y")],
    values: [value("a", [1, 2]), value("s", [2], "int64"), value("y", [1, 2])],
    initializers: { one: tensor([1], [1]) },
  });
  const samples = samplesOf(tensor([1, 2], [1, 2]));
  const [outputs] = await collect(model, samples, { values: ["s", "one", "x", "a"] });
  assertEquals(
    outputs,
    new Map([
      ["s", tensor([2], BigInt64Array.of(1n, 2n), "int64")],
      ["one", tensor([1], [1])],
      ["x", tensor([1, 2], [1, 2])],
      ["a", tensor([1, 2], [2, 3])],
    ]),
  );
});

Deno.test("runModel() gives tensors that later samples do not change", async () => {
  const model = smallModel({
    inputs: [value("x", [2])],
    nodes: [node("Neg x -> a"), node("Neg a -> y")],
    values: [value("a", [2]), value("y", [2])],
    encodings: { a: encoding(1, -128) },
  });
  const samples = samplesOf(tensor([2], [1, 2]), tensor([2], [3, 4]));
  const found = await collect(model, samples, { values: ["a", "y"] });
  assertEquals(numbersOf(found, "a"), [[-1, -2], [-3, -4]]);
  assertEquals(numbersOf(found, "y"), [[1, 2], [3, 4]]);
});

Deno.test("runModel() hands integers and truth values through", async () => {
  const model = smallModel({
    inputs: [value("x", [3]), value("i", [2], "int64")],
    nodes: [node("Gather x,i -> g"), node("Greater g,zero -> t"), node("Where t,g,zero -> y")],
    values: [value("g", [2]), value("t", [2], "bool"), value("y", [2])],
    initializers: { zero: tensor([1], [0]) },
    outputs: ["t", "y"],
    encodings: { g: encoding(1, -128), t: encoding(1, 0) },
  });
  const sample = new Map([
    ["x", tensor([3], [5, -6, 7])],
    ["i", tensor([2], BigInt64Array.of(1n, 2n), "int64")],
  ]);
  const samples = { length: 1, read: () => Promise.resolve(sample) };
  for (const memoryLimit of [64e6, 1000]) {
    const [outputs] = await collect(model, samples, { memoryLimit });
    assertEquals(outputs?.get("t"), tensor([2], Uint8Array.of(0, 1), "bool"));
    assertEquals(outputs?.get("y"), tensor([2], [0, 7]));
  }
});

Deno.test("runModel() says which sample does not fit the network", async () => {
  const model = smallModel({
    inputs: [value("x", [2, 2])],
    nodes: [node("Neg x -> y")],
    values: [value("y", [2, 2])],
  });
  const good = tensor([2, 2], [1, 2, 3, 4]);
  const fails = async (bad: Map<string, DenseTensor>, message: string) => {
    const samples = {
      length: 2,
      read: (index: number) => Promise.resolve(index === 0 ? new Map([["x", good]]) : bad),
    };
    await assertRejects(() => collect(model, samples), FormatError, message);
  };
  const start = 'Cannot use sample 1 for input "x": found ';
  await fails(new Map(), `${start}no inputs, expected float32 [2, 2]`);
  await fails(new Map([["z", good]]), `${start}only "z", expected float32 [2, 2]`);
  await fails(
    new Map([["x", tensor([4], [1, 2, 3, 4])]]),
    `${start}float32 [4], expected float32 [2, 2]`,
  );
  await fails(
    new Map([["x", tensor([2, 2], Int32Array.of(1, 2, 3, 4), "int32")]]),
    `${start}int32 [2, 2], expected float32 [2, 2]`,
  );
  await fails(
    new Map([["x", tensor([2, 2], [1, 2, 3])]]),
    `${start}3 elements in a Float32Array, expected float32 [2, 2]`,
  );
  await fails(
    new Map([["x", tensor([2, 2], Int32Array.of(1, 2, 3, 4))]]),
    `${start}4 elements in a Int32Array, expected float32 [2, 2]`,
  );
  await fails(
    new Map([["x", good], ["z", good]]),
    'Cannot use sample 1 for input "z": found an unknown input, expected "x"',
  );
});

Deno.test("runModel() says which node fails on which sample", async () => {
  const model = smallModel({
    inputs: [value("x", [1], "int64")],
    nodes: [node("Gather table,x -> y")],
    values: [value("y", [1])],
    initializers: { table: tensor([3], [1, 2, 3]) },
  });
  const index = (number: bigint) => tensor([1], BigInt64Array.of(number), "int64");
  for (const engine of ["native", "wasm"] satisfies EngineName[]) {
    await assertRejects(
      () => collect(model, samplesOf(index(0n), index(7n)), { engine }),
      FormatError,
      'Cannot run node "make_y" on sample 1: indices element out of data bounds, idx=7 must be ' +
        "within the inclusive range [-3,2]",
    );
  }
});

Deno.test("runModel() says which node the engine does not take", async () => {
  const model = smallModel({
    inputs: [value("x", [1])],
    nodes: [node("Neg x -> a"), node("Frobnicate a -> y")],
    values: [value("a", [1]), value("y", [1])],
  });
  await assertRejects(
    () => collect(model, samplesOf(tensor([1], [1]))),
    UnsupportedError,
    'No Op registered for Frobnicate with domain_version of 21 (nodes "make_a" to "make_y")',
  );
});

Deno.test("runModel() refuses an encoding along an axis for an activation", async () => {
  const model = smallModel({
    inputs: [value("x", [2])],
    nodes: [node("Neg x -> y")],
    values: [value("y", [2])],
  });
  const two = { axis: 0, encodings: [encoding(1, 0), encoding(2, 0)] };
  const activations = new Map([["y", two]]);
  const quantized = { ...model, encodings: { activations, parameters: new Map() } };
  await assertRejects(
    () => collect(quantized, samplesOf(tensor([2], [1, 2]))),
    UnsupportedError,
    'Cannot quantize value "y": found 2 encodings along an axis, activations have one per tensor',
  );
});

Deno.test("runModel() refuses unknown values and impossible limits", async () => {
  const samples = samplesOf();
  const model = convolutionNetwork();
  await assertRejects(
    () => collect(model, samples, { values: ["w9"] }),
    RangeError,
    'Cannot observe value "w9": "small" has no such value',
  );
  for (const memoryLimit of [0, NaN]) {
    await assertRejects(
      () => collect(model, samples, { memoryLimit }),
      RangeError,
      `Cannot run "small": the memory limit is ${memoryLimit} bytes`,
    );
  }
  await assertRejects(() => collect(model, samples, { memoryLimit: 1000 }), MemoryLimitError);
});

Deno.test("runModel() stops when it is aborted, and leaves nothing behind", async () => {
  const tempDirectory = await Deno.makeTempDir();
  for (const memoryLimit of [64e6, 0.6e6]) {
    const controller = new AbortController();
    let runs = 0;
    const onProgress = () => {
      if (++runs === 2) controller.abort(new Error("enough"));
    };
    const { signal } = controller;
    await assertRejects(
      () =>
        collect(convolutionNetwork(), THREE_IMAGES, {
          signal,
          onProgress,
          memoryLimit,
          tempDirectory,
        }),
      Error,
      "enough",
    );
    assertEquals(runs, 2);
    assertEquals(await Array.fromAsync(Deno.readDir(tempDirectory)), []);
  }
  await Deno.remove(tempDirectory);
});

Deno.test("runModel() frees everything when the caller stops early", async () => {
  const tempDirectory = await Deno.makeTempDir();
  const options = { memoryLimit: 0.6e6, tempDirectory };
  for await (const { index } of runModel(convolutionNetwork(), THREE_IMAGES, options)) {
    assertEquals(index, 0);
    break;
  }
  assertEquals(await Array.fromAsync(Deno.readDir(tempDirectory)), []);
  await Deno.remove(tempDirectory);
});

Deno.test("runModel() reports samples where each runs through the whole network", async () => {
  const reports: ExecuteProgress[] = [];
  await collect(convolutionNetwork(), THREE_IMAGES, { onProgress: (found) => reports.push(found) });
  assertEquals(
    reports,
    [1, 2, 3].map((sample) => ({
      stage: "run",
      layer: 8,
      layers: 8,
      sample,
      samples: 3,
    })),
  );
});

Deno.test("runModel() yields nothing for no samples", async () => {
  assertEquals(await collect(convolutionNetwork(), samplesOf()), []);
});

Deno.test("runModel() computes as the sums say", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 3])],
    nodes: [node("MatMul x,w -> m"), node("Add m,b -> y")],
    values: [value("m", [1, 2]), value("y", [1, 2])],
    initializers: { w: tensor([3, 2], [1, 2, 3, 4, 5, 6]), b: tensor([2], [0.5, -0.5]) },
  });
  const [outputs] = await collect(model, samplesOf(tensor([1, 3], [1, 10, 100])));
  const [first = NaN, second = NaN] = numbersOf([outputs ?? new Map()])[0] ?? [];
  assertAlmostEquals(first, 531.5);
  assertAlmostEquals(second, 641.5);
});
