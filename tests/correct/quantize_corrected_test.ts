import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { quantizeCorrected, type QuantizeCorrectedOptions } from "../../src/correct/mod.ts";
import { openEngine, runModel } from "../../src/execute/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import { calibrate, prepareModel, quantizeModel } from "../../src/quantize/mod.ts";
import { readDense, type SampleSource } from "../../src/tensor/mod.ts";
import { int, node, noise, smallModel, value } from "../execute/_small_model.ts";
import { linearNetwork, mixedNetwork, noiseSamples } from "./_networks.ts";
import { correctSlowly } from "./_oracle.ts";

await openEngine({ engine: "wasm", threads: 2 });

const FOUR_BITS: QuantizeCorrectedOptions = { weightBitwidth: 4, biasBitwidth: 32 };

for (
  const [what, network, activations] of [
    ["layers of every kind", mixedNetwork, false],
    ["layers of every kind, activations", mixedNetwork, true],
    ["layers without activation functions", linearNetwork, false],
    ["layers without activation functions, activations", linearNetwork, true],
  ] as const
) {
  Deno.test(`quantizeCorrected() finds what running the network again for each layer finds, ${what}`, async () => {
    const model = await prepareModel(network());
    const samples = noiseSamples(model, 5);
    const options = { ...FOUR_BITS, correctActivations: activations };
    const { corrections } = await quantizeCorrected(model, samples, options);
    const quantized = await quantizeModel(model, samples, FOUR_BITS);
    const expected = await correctSlowly(model, quantized, samples, { activations });
    assertEquals([...corrections.keys()], [...expected.keys()]);
    let largest = 0;
    for (const [name, numbers] of expected) {
      const found = corrections.get(name) ?? [];
      assertEquals(found.length, numbers.length);
      for (const [channel, number] of numbers.entries()) {
        assertAlmostEquals(found[channel] ?? NaN, number, 1e-5, `${name}, channel ${channel}`);
        largest = Math.max(largest, Math.abs(number));
      }
    }
    assert(largest > 0.01, "there is something to correct");
  });
}

/** The largest difference between two sets of corrections. */
function distance(
  a: ReadonlyMap<string, Float64Array>,
  b: ReadonlyMap<string, Float64Array>,
): number {
  assertEquals([...a.keys()], [...b.keys()]);
  return Math.max(
    ...[...a].flatMap(([name, numbers]) =>
      Array.from(numbers, (number, i) => Math.abs(number - (b.get(name)?.[i] ?? NaN)))
    ),
  );
}

Deno.test("quantizeCorrected() gives the same whatever the memory limit and the engine", async () => {
  const model = mixedNetwork();
  const samples = noiseSamples(model, 7);
  const whole = await quantizeCorrected(model, samples, FOUR_BITS);
  for (
    const options of [
      { memoryLimit: 200_000 },
      { memoryLimit: 30_000 },
      { memoryLimit: 64e6, engine: "wasm" },
    ] as const
  ) {
    const { corrections } = await quantizeCorrected(model, samples, { ...FOUR_BITS, ...options });
    assert(distance(corrections, whole.corrections) < 1e-5);
  }
});

/** Mean over channels and samples of |mean of quantized - mean of float| at the output. */
async function outputShift(float: Model, quantized: Model, samples: SampleSource) {
  const sums: number[] = [];
  for (const [model, sign] of [[quantized, 1], [float, -1]] as const) {
    const [output] = model.outputs;
    for await (const { outputs } of runModel(model, samples)) {
      for (const [i, number] of (outputs.get(output?.name ?? "")?.data ?? []).entries()) {
        sums[i] = (sums[i] ?? 0) + sign * Number(number);
      }
    }
  }
  return sums.reduce((total, sum) => total + Math.abs(sum), 0) / sums.length / samples.length;
}

Deno.test("quantizeCorrected() brings the mean of the output back", async () => {
  const model = await prepareModel(mixedNetwork());
  const samples = noiseSamples(model, 6);
  const options = { ...FOUR_BITS, activationBitwidth: 16 } as const;
  const naive = await outputShift(model, await quantizeModel(model, samples, options), samples);
  for (const correctActivations of [false, true]) {
    const corrected = await quantizeCorrected(model, samples, { ...options, correctActivations });
    const shift = await outputShift(model, corrected, samples);
    assert(shift < naive / 20, `${shift} of ${naive}`);
  }
  const fast = await quantizeCorrected(model, samples, { ...options, correctionMode: "fast" });
  const shift = await outputShift(model, fast, samples);
  assert(shift < naive / 2, `${shift} of ${naive}`);
});

Deno.test("quantizeCorrected() computes encodings of biases after the correction", async () => {
  const model = mixedNetwork();
  const samples = noiseSamples(model, 3);
  for (const biasBitwidth of [8, 32] as const) {
    const result = await quantizeCorrected(model, samples, { weightBitwidth: 4, biasBitwidth });
    for (const name of ["b1", "b2", "b5", "b8"]) {
      const { float, encoding } = result.quantized.get(name) ?? {};
      const [grid] = encoding?.encodings ?? [];
      const data = float === undefined ? [] : Array.from((await readDense(float)).data, Number);
      const before = model.initializers.get(name);
      assert(before !== undefined && grid !== undefined);
      const added = result.corrections.get(
        name.replace("b", "make_c").replace("c5", "t5")
          .replace("c8", "y"),
      );
      const old = (await readDense(before)).data;
      assertEquals(data, Array.from(added ?? [], (e, i) => Math.fround(Number(old[i]) + e)));
      assertEquals(grid.bitwidth, biasBitwidth);
      assert(
        Math.max(...data) <= grid.max + grid.scale && Math.min(...data) >= grid.min - grid.scale,
      );
      const stored = result.initializers.get(name);
      assert(stored !== undefined);
      for (const [i, number] of Array.from((await readDense(stored)).data, Number).entries()) {
        assertAlmostEquals(number, data[i] ?? NaN, grid.scale * 0.51 + 1e-7);
      }
    }
  }
});

Deno.test("quantizeCorrected() corrects products of matrices, with and without an Add behind", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 6, 8])],
    nodes: [
      node("MatMul x,w1 -> m1"),
      node("Add m1,b1 -> a1"),
      node("Relu a1 -> r1"),
      node("MatMul r1,w2 -> m2"),
      node("Flatten m2 -> f"),
      node("MatMul f,w3 -> m3"),
      node("Relu m3 -> r3"),
      node("Gemm r3,w3b,c -> y", { transB: int(1) }),
    ],
    values: [
      value("m1", [1, 6, 16]),
      value("a1", [1, 6, 16]),
      value("r1", [1, 6, 16]),
      value("m2", [1, 6, 4]),
      value("f", [1, 24]),
      value("m3", [1, 10]),
      value("r3", [1, 10]),
      value("y", [1, 3]),
    ],
    initializers: {
      w1: noise([8, 16], 1),
      b1: noise([16], 2),
      w2: noise([16, 4], 3),
      w3: noise([24, 10], 4),
      w3b: noise([3, 10], 5),
      c: noise([1, 3], 6),
    },
  });
  const samples = noiseSamples(model, 5);
  const options = { ...FOUR_BITS, activationBitwidth: 16 } as const;
  const naive = await outputShift(model, await quantizeModel(model, samples, options), samples);
  const corrected = await quantizeCorrected(model, samples, options);
  assertEquals([...corrected.corrections.keys()], ["make_m1", "make_m2", "make_m3", "make_y"]);
  assertEquals(corrected.nodes.map(({ operator }) => operator), [
    ...["MatMul", "Add", "Relu", "MatMul", "Add", "Flatten", "Gemm", "Relu", "Gemm"],
  ]);
  const shift = await outputShift(model, corrected, samples);
  assert(shift < naive / 20, `${shift} of ${naive}`);
});

Deno.test("quantizeCorrected() has a range for a layer that gets an Add between it and its activation", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 4, 5, 5])],
    nodes: [
      node("GlobalAveragePool x -> p"),
      node("Flatten p -> b", { axis: int(0) }),
      node("Reshape b,shape -> bias"),
      node("Conv x,w,bias -> c"),
      node("Relu c -> y"),
    ],
    values: [
      ...[value("p", [1, 4, 1, 1]), value("b", [1, 4]), value("bias", [4])],
      ...[value("c", [1, 4, 5, 5]), value("y", [1, 4, 5, 5])],
    ],
    initializers: {
      w: noise([4, 4, 1, 1], 1),
      shape: { dtype: "int64", shape: [1], data: BigInt64Array.of(4n) },
    },
  });
  const result = await quantizeCorrected(model, noiseSamples(model, 3), FOUR_BITS);
  const { activations } = result.encodings;
  assert(activations.has("c.unbiased") && activations.has("y"));
  assertEquals([...result.corrections.keys()], ["make_c"]);
});

Deno.test("quantizeCorrected() takes means along the channels of each layer that reads a value", async () => {
  const network = (...layers: readonly string[]) =>
    smallModel({
      inputs: [value("x", [1, 6, 6])],
      nodes: [node("Relu x -> r"), ...layers.map((layer) => node(layer))],
      values: [value("r", [1, 6, 6]), value("c", [1, 6, 6]), value("y", [1, 6, 6])],
      outputs: layers.map((layer) => layer.at(-1) ?? ""),
      initializers: { w: noise([6, 6, 1], 1), v: noise([6, 6], 2) },
    });
  const [both, conv, product] = [
    network("Conv r,w -> c", "MatMul r,v -> y"),
    network("Conv r,w -> c"),
    network("MatMul r,v -> y"),
  ];
  const samples = noiseSamples(both, 4);
  for (const correctionMode of ["empirical", "fast"] as const) {
    const options = { ...FOUR_BITS, correctionMode };
    const { corrections } = await quantizeCorrected(both, samples, options);
    const apart = [];
    for (const model of [conv, product]) {
      apart.push(...(await quantizeCorrected(model, samples, options)).corrections);
    }
    // Without a run of its own, the second layer's input is averaged along the first one's channels.
    const expected = new Map(correctionMode === "fast" ? apart.slice(0, 1) : apart);
    assert(distance(corrections, expected) < 1e-6);
  }
});

Deno.test("quantizeCorrected() corrects each use of a shared weight by itself", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 4, 5, 5])],
    nodes: [
      node("Conv x,w,b -> c1"),
      node("Relu c1 -> r1"),
      node("Conv r1,w,b -> c2"),
      node("Relu c2 -> y"),
    ],
    values: ["c1", "r1", "c2", "y"].map((name) => value(name, [1, 4, 5, 5])),
    initializers: { w: noise([4, 4, 1, 1], 1), b: noise([4], 2) },
  });
  const samples = noiseSamples(model, 4);
  const { corrections, nodes } = await quantizeCorrected(model, samples, FOUR_BITS);
  const [first, , second] = nodes;
  assertEquals([first?.inputs[1], second?.inputs[1]], ["w", "w"]);
  assert(first?.inputs[2] !== second?.inputs[2]);
  assert(corrections.get("make_c1")?.[0] !== corrections.get("make_c2")?.[0]);
});

Deno.test("quantizeCorrected() corrects nothing where weights stay float", async () => {
  const model = mixedNetwork();
  const samples = noiseSamples(model, 2);
  const options = { quantizeParameters: false };
  assertEquals((await quantizeCorrected(model, samples, options)).corrections.size, 0);
});

Deno.test("quantizeCorrected() takes a calibration in place of samples in analytic mode only", async () => {
  const model = mixedNetwork();
  const calibration = await calibrate(model, noiseSamples(model, 2));
  const notices: string[] = [];
  const { corrections } = await quantizeCorrected(model, calibration, {
    correctionMode: "analytic",
    onNotice: (notice) => notices.push(notice),
  });
  assertEquals(corrections.size, 0);
  assertEquals(notices, [
    "Biases of 8 of 8 layers are not corrected, because the means of their inputs are not known " +
    'without data: "make_c1", "make_c2", "make_c3", "make_c4", "make_t5", "make_t6", "make_g7", "make_y"',
  ]);
  await assertRejects(
    () => quantizeCorrected(model, calibration),
    RangeError,
    'Cannot correct biases of "small" by a calibration alone: the mode "empirical" needs the ' +
      'samples, "analytic" does not',
  );
});

Deno.test("quantizeCorrected() finds what batch norms tell close to what data tell", async () => {
  // Normally distributed inputs through a batch norm that is told their distribution.
  const channels = 6;
  const model = smallModel({
    inputs: [value("x", [1, channels, 16, 16])],
    nodes: [
      node("Conv x,one -> c0", { group: int(channels) }),
      node("BatchNormalization c0,gamma,beta,mean,variance -> n"),
      node("Relu n -> r"),
      node("Conv r,w -> y"),
    ],
    values: [
      value("c0", [1, channels, 16, 16]),
      value("n", [1, channels, 16, 16]),
      value("r", [1, channels, 16, 16]),
      value("y", [1, 5, 14, 14]),
    ],
    initializers: {
      one: {
        dtype: "float32",
        shape: [channels, 1, 1, 1],
        data: new Float32Array(channels).fill(1),
      },
      gamma: noise([channels], 5),
      beta: noise([channels], 6),
      mean: { dtype: "float32", shape: [channels], data: new Float32Array(channels) },
      variance: { dtype: "float32", shape: [channels], data: new Float32Array(channels).fill(1) },
      w: noise([5, channels, 3, 3], 7),
    },
  });
  let state = 1;
  const uniform = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const inputs = Array.from(
    { length: 8 },
    () =>
      Float32Array.from(
        { length: channels * 256 },
        () => Array.from({ length: 12 }, uniform).reduce((sum, number) => sum + number, -6),
      ),
  );
  const samples: SampleSource = {
    length: inputs.length,
    read: (index) =>
      Promise.resolve(
        new Map([["x", {
          dtype: "float32",
          shape: [1, channels, 16, 16],
          data: inputs[index] ?? new Float32Array(0),
        }]]),
      ),
  };
  const correctionOf = async (correctionMode: "empirical" | "fast" | "analytic") =>
    (await quantizeCorrected(model, samples, { weightBitwidth: 4, correctionMode })).corrections
      .get("make_y") ?? new Float64Array(0);
  const empirical = await correctionOf("empirical");
  const scale = Math.max(...empirical.map(Math.abs));
  assert(scale > 0.02, `${scale}`);
  for (const mode of ["fast", "analytic"] as const) {
    for (const [channel, number] of (await correctionOf(mode)).entries()) {
      assertAlmostEquals(number, empirical[channel] ?? NaN, scale / 5, `${mode} ${channel}`);
    }
  }
});

Deno.test("quantizeCorrected() corrects the last layer, also where it makes an image", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 4, 5, 5])],
    nodes: [node("Conv x,w,b -> y")],
    values: [value("y", [1, 3, 4, 4])],
    initializers: { w: noise([3, 4, 2, 2], 1), b: noise([3], 2) },
  });
  const samples = noiseSamples(model, 4);
  const { corrections } = await quantizeCorrected(model, samples, FOUR_BITS);
  const quantized = await quantizeModel(model, samples, FOUR_BITS);
  const expected = await correctSlowly(model, quantized, samples);
  for (const [channel, number] of (expected.get("make_y") ?? []).entries()) {
    assertAlmostEquals(corrections.get("make_y")?.[channel] ?? NaN, number, 1e-6);
  }
});

Deno.test("quantizeCorrected() works where the names it adds are taken", async () => {
  const model = (name: string) =>
    smallModel({
      inputs: [value("x", [1, 4])],
      nodes: [node("Gemm x,w1 -> a"), node(`Relu a -> ${name}`), node(`Gemm ${name},w2 -> y`)],
      values: [value("a", [1, 6]), value(name, [1, 6]), value("y", [1, 3])],
      initializers: { w1: noise([4, 6], 1), w2: noise([6, 3], 2) },
    });
  const [plain, taken] = await Promise.all(
    ["r", "a/dlcstream/raw"].map((name) =>
      quantizeCorrected(model(name), noiseSamples(model(name), 3), FOUR_BITS)
    ),
  );
  assertEquals(taken?.corrections, plain?.corrections);
});

Deno.test("quantizeCorrected() refuses to work without samples", async () => {
  const none = undefined as unknown as SampleSource;
  await assertRejects(
    () => quantizeCorrected(mixedNetwork(), none),
    RangeError,
    'Cannot quantize "small": there are no calibration samples',
  );
});

Deno.test("quantizeCorrected() refuses options that do not exist or do not go together", async () => {
  const model = mixedNetwork();
  const cases: readonly (readonly [object, string])[] = [
    [
      { correctionMode: "foo" },
      'Cannot correct biases in mode "foo": expected empirical or fast or analytic',
    ],
    [
      { correctionMode: "fast", correctActivations: true },
      'Cannot correct activations in mode "fast": expected "empirical"',
    ],
    [{ resume: true }, "Cannot resume a correction without its log"],
  ];
  for (const [options, message] of cases) {
    const error = await assertRejects(
      () => quantizeCorrected(model, noiseSamples(model, 1), options),
      RangeError,
    );
    assertEquals(error.message, message);
  }
});
