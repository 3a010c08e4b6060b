import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { equalizeModel, type EqualizeOptions } from "../../src/equalize/mod.ts";
import { FormatError } from "../../src/errors.ts";
import type { Model } from "../../src/graph/mod.ts";
import { readDense } from "../../src/tensor/mod.ts";
import { int, node, noise, samplesOf, smallModel, tensor, value } from "../execute/_small_model.ts";
import { chain, chainSamples, difference, outputsOf, uneven } from "./_networks.ts";

const SIX = { zero: tensor([], [0]), six: tensor([], [6]) };

async function elements(model: Model, name: string): Promise<number[]> {
  const reference = model.initializers.get(name);
  if (reference === undefined) throw new Error(`there is no "${name}"`);
  return Array.from((await readDense(reference)).data, Number);
}

/** Largest magnitude of each channel along an axis of `[outer, second, …]`. */
function magnitudes(data: readonly number[], shape: readonly number[], axis: 0 | 1): number[] {
  const [first = 1, second = 1] = shape;
  const inner = data.length / first / second;
  const result = new Array<number>(axis === 0 ? first : second).fill(0);
  data.forEach((value, i) => {
    const row = Math.floor(i / inner / second);
    const channel = axis === 0 ? row : Math.floor(i / inner) % second;
    result[channel] = Math.max(result[channel] ?? 0, Math.abs(value));
  });
  return result;
}

async function assertUnchanged(model: Model, options: EqualizeOptions = {}): Promise<Model> {
  const equalized = await equalizeModel(model, options);
  const samples = chainSamples();
  const share = difference(
    await outputsOf(equalized.model, samples),
    await outputsOf(model, samples),
  );
  assert(share < 1e-5, `outputs differ by ${share}`);
  return equalized.model;
}

Deno.test("equalizeModel() looks at no more samples than it is told to", async () => {
  const { length, read } = chainSamples();
  const seen = new Set<number>();
  const samples = {
    length,
    read(index: number) {
      seen.add(index);
      return read(index);
    },
  };
  assert(length > 2);
  await equalizeModel(chain(), { samples, maxSamples: 2 });
  assertEquals(seen.size, 2);
  seen.clear();
  await equalizeModel(chain(), { samples });
  assertEquals(seen.size, length);
});

Deno.test("equalizeModel() leaves the outputs of ReLU networks as they are", async () => {
  for (const scales of ["ranges", "noise"] as const) {
    const data = scales === "noise" ? { samples: chainSamples() } : {};
    await assertUnchanged(chain(), { scales, ...data });
    await assertUnchanged(chain(), { scales, ...data, iterations: 4 });
    const slopes = tensor([8, 1, 1], Array.from({ length: 8 }, (_, i) => i / 10));
    await assertUnchanged(chain({ activation: "PRelu slopes", constants: { slopes } }), {
      scales,
      ...data,
    });
  }
});

Deno.test("equalizeModel() makes the three ranges of a triple equal", async () => {
  const { model, report } = await equalizeModel(chain());
  const r1 = magnitudes(await elements(model, "w1"), [8, 3], 0);
  const r2 = magnitudes(await elements(model, "w2"), [8, 1], 0);
  const r3 = magnitudes(await elements(model, "w3"), [5, 8], 1);
  r1.forEach((range, channel) => {
    assertAlmostEquals((r2[channel] ?? 0) / range, 1, 1e-6);
    assertAlmostEquals((r3[channel] ?? 0) / range, 1, 1e-6);
  });
  assertEquals([report.scales, report.iterations, report.links.length], ["ranges", 1, 2]);
});

/** Two layers of any kind with a ReLU between. */
function pair(first: string, second: string, parts: {
  readonly input: readonly number[];
  readonly middle: readonly number[];
  readonly output: readonly number[];
  readonly weights: readonly [readonly number[], readonly number[]];
  readonly groups?: readonly [number, number];
}): Model {
  const [groups1 = 1, groups2 = 1] = parts.groups ?? [];
  const isConvolution = (operator: string) => operator.startsWith("Conv");
  return smallModel({
    inputs: [value("x", parts.input)],
    nodes: [
      node(`${first} x,w1,b1 -> c`, isConvolution(first) ? { group: int(groups1) } : {}),
      node("Relu c -> a"),
      node(`${second} a,w2 -> y`, isConvolution(second) ? { group: int(groups2) } : {}),
    ],
    values: [value("c", parts.middle), value("a", parts.middle), value("y", parts.output)],
    initializers: {
      w1: uneven(parts.weights[0], 1),
      b1: noise([parts.middle[1] ?? 0], 2),
      w2: uneven(parts.weights[1], 3),
    },
  });
}

Deno.test("equalizeModel() scales 1-D, transposed, grouped convolutions and products", async () => {
  const cases = [
    pair("Conv", "Conv", {
      ...{ input: [1, 3, 9], middle: [1, 6, 7], output: [1, 4, 6] },
      weights: [[6, 3, 3], [4, 6, 2]],
    }),
    pair("ConvTranspose", "Conv", {
      ...{ input: [1, 4, 3, 3], middle: [1, 6, 4, 4], output: [1, 5, 4, 4] },
      weights: [[4, 6, 2, 2], [5, 6, 1, 1]],
    }),
    pair("Conv", "ConvTranspose", {
      ...{ input: [1, 3, 4, 4], middle: [1, 6, 4, 4], output: [1, 5, 5, 5] },
      weights: [[6, 3, 1, 1], [6, 5, 2, 2]],
    }),
    pair("Conv", "Conv", {
      ...{ input: [1, 4, 4, 4], middle: [1, 8, 4, 4], output: [1, 6, 4, 4], groups: [2, 2] },
      weights: [[8, 2, 1, 1], [6, 4, 1, 1]],
    }),
    pair("ConvTranspose", "Conv", {
      ...{ input: [1, 4, 3, 3], middle: [1, 6, 4, 4], output: [1, 4, 4, 4], groups: [2, 1] },
      weights: [[4, 3, 2, 2], [4, 6, 1, 1]],
    }),
    // Depthwise with two outputs a channel.
    pair("Conv", "Conv", {
      ...{ input: [1, 3, 4, 4], middle: [1, 4, 4, 4], output: [1, 8, 4, 4], groups: [1, 4] },
      weights: [[4, 3, 1, 1], [8, 1, 1, 1]],
    }),
    pair("Gemm", "MatMul", {
      ...{ input: [1, 3], middle: [1, 6], output: [1, 4] },
      weights: [[3, 6], [6, 4]],
    }),
  ];
  for (const model of cases) {
    const shape = model.inputs[0]?.shape ?? [];
    const samples = samplesOf(noise(shape, 50), noise(shape, 51));
    for (const scales of ["ranges", "noise"] as const) {
      const { model: equalized, report } = await equalizeModel(model, {
        ...{ through: "all", scales, highBiasAbsorption: "off" },
        ...(scales === "noise" ? { samples } : {}),
      });
      assertEquals(report.links.length, 1);
      assert((report.links[0]?.scales.max ?? 1) / (report.links[0]?.scales.min ?? 1) > 1.05);
      const share = difference(
        await outputsOf(equalized, samples),
        await outputsOf(model, samples),
      );
      assert(share < 1e-5, `${model.nodes[0]?.operator} by ${scales}: ${share}`);
    }
  }
});

Deno.test("equalizeModel() gives the same whatever the size of chunks", async () => {
  const expected = await equalizeModel(chain(), { samples: chainSamples() });
  const names = ["w1", "b1", "w2", "b2", "w3", "b3"];
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 4, max: 64 }), async (chunkBytes) => {
      const { model } = await equalizeModel(chain(), { samples: chainSamples(), chunkBytes });
      for (const name of names) {
        const share = difference(await elements(model, name), await elements(expected.model, name));
        assert(share < 1e-6, `${name}: ${share}`);
      }
    }),
    { seed: 3, numRuns: 8 },
  );
});

Deno.test("equalizeModel() repeats until the scales stand still", async () => {
  const { report } = await equalizeModel(chain(), { iterations: 50 });
  assertEquals(report.iterations, 2);
});

Deno.test("equalizeModel() settles dead channels in the next bias", async () => {
  const weight = uneven([8, 3, 1, 1], 1);
  const data = Float32Array.from(weight.data, Number);
  data.fill(0, 0, 6);
  const bias = noise([8], 2);
  bias.data[0] = -3;
  bias.data[1] = 2;
  const model = chain({ first: tensor([8, 3, 1, 1], data), bias });
  // In front of the padding layer only the channel that is always 0 can go.
  const equalized = await assertUnchanged(model);
  const w2 = magnitudes(await elements(equalized, "w2"), [8, 1], 0);
  assertEquals([w2[0] === 0, w2[1] === 0], [true, false]);
  // Its output is a constant, too, and moves on into the bias of the last layer.
  const w3 = magnitudes(await elements(equalized, "w3"), [5, 8], 1);
  assertEquals(w3.indexOf(0), 0);
  const { report } = await equalizeModel(model);
  assertEquals(report.links.map(({ constants }) => constants), [2, 1]);
});

Deno.test("equalizeModel() keeps ReLU6 exact with a ceiling for each channel", async () => {
  const model = chain({ activation: "Clip zero six", constants: SIX });
  const samples = chainSamples(3, 20);
  const expected = await outputsOf(model, samples);
  for (
    const options of [
      { samples },
      { relu6: "exact", samples },
      { relu6: "exact" },
      { relu6: "keep", samples },
      { relu6: "keep" },
    ] as const
  ) {
    const { model: equalized, report } = await equalizeModel(model, options);
    const share = difference(await outputsOf(equalized, samples), expected);
    assert(share < 1e-5, `${JSON.stringify(options)}: ${share}`);
    const kinds = report.links.map(({ ceiling }) => ceiling.kind);
    if (options.relu6 === "keep") assertEquals(kinds, ["kept", "kept"]);
    else assert(kinds.includes("per-channel"));
  }
  const { model: dropped, report } = await equalizeModel(model, { relu6: "relu", samples });
  assertEquals(dropped.nodes.map(({ operator }) => operator), [
    "Conv",
    "Relu",
    "Conv",
    "Relu",
    "Conv",
  ]);
  assert((report.links[0]?.ceiling.error ?? 0) > 0.01);
});

Deno.test("equalizeModel() takes one ceiling where the samples stay below", async () => {
  const model = chain({ activation: "Clip zero six", constants: SIX });
  const samples = chainSamples(3, 1e-3);
  const { model: equalized, report } = await equalizeModel(model, { samples });
  assertEquals(report.links.map(({ ceiling }) => ceiling.kind), ["one", "one"]);
  const share = difference(await outputsOf(equalized, samples), await outputsOf(model, samples));
  assert(share < 1e-5);
});

/** Two pointwise layers of 2 channels as in section 9.4, with a ReLU or nothing between. */
function absorption(relu: boolean): Model {
  const conv = [node("Conv x,w1,b1 -> c"), node(`Conv ${relu ? "a" : "c"},w2,b2 -> y`)];
  const shape = [1, 2, 4, 3];
  return smallModel({
    inputs: [value("x", shape)],
    nodes: relu ? conv.toSpliced(1, 0, node("Relu c -> a")) : conv,
    values: [
      value("c", shape),
      ...(relu ? [value("a", shape)] : []),
      value("y", [1, 2, 2, 3]),
    ],
    initializers: {
      w1: tensor([2, 2, 1, 1], [1, 0, 0, 1]),
      b1: tensor([2], [2, 3]),
      w2: tensor([2, 2, 3, 1], Array.from({ length: 12 }, (_, i) => i + 1)),
      b2: tensor([2], [1, 2]),
    },
  });
}

Deno.test("equalizeModel() absorbs biases as AIMET does, from batch norms", async () => {
  const cases = [
    { relu: false, gamma: [1, 3], beta: [-2, 1], b1: [4, 2], b2: [4, -13] },
    { relu: true, gamma: [1, 3], beta: [-2, 1], b1: [2, 3], b2: [1, 2] },
    { relu: true, gamma: [0.5, 0.1], beta: [2, 1], b1: [1.5, 2.3], b2: [14.5, 37.1] },
  ];
  for (const { relu, gamma, beta, ...expected } of cases) {
    const batchNorm = { gamma: Float32Array.from(gamma), beta: Float32Array.from(beta) };
    const model = { ...absorption(relu), batchNorms: new Map([["make_c", batchNorm]]) };
    const { model: equalized, report } = await equalizeModel(model, {
      highBiasAbsorption: "batch-norm",
    });
    assertEquals(report.links[0]?.absorption, "batch-norm");
    // Absorption comes first here; the scales that divide the first bias afterwards are in β.
    const kept = equalized.batchNorms.get("make_c");
    const w1 = await elements(equalized, "w1");
    const b1 = await elements(equalized, "b1");
    const scales = [1 / (w1[0] ?? 0), 1 / (w1[3] ?? 0)];
    b1.forEach((b, i) => assertAlmostEquals(b * (scales[i] ?? 0), expected.b1[i] ?? 0, 1e-5));
    (await elements(equalized, "b2")).forEach((b, i) =>
      assertAlmostEquals(b, expected.b2[i] ?? 0, 1e-4)
    );
    kept?.gamma.forEach((g, i) => assertAlmostEquals(g * (scales[i] ?? 0), gamma[i] ?? 0, 1e-5));
  }
});

Deno.test("equalizeModel() absorbs what the samples never go below", async () => {
  const model = absorption(true);
  const samples = samplesOf(noise([1, 2, 4, 3], 7), noise([1, 2, 4, 3], 8));
  const { model: equalized, report } = await equalizeModel(model, { samples });
  assertEquals([report.links[0]?.absorbed, report.links[0]?.absorption], [2, "data"]);
  const share = difference(await outputsOf(equalized, samples), await outputsOf(model, samples));
  assert(share < 1e-5);
  const notices: string[] = [];
  await equalizeModel(model, { onNotice: (notice) => notices.push(notice) });
  assertEquals(notices, [
    "High biases are not absorbed between 1 of 1 pairs of layers: no batch norm is known there, and " +
    "no samples were given",
  ]);
});

Deno.test("equalizeModel() runs no sample where nothing asks for one", async () => {
  const unread = {
    length: 3,
    read: () => Promise.reject(new Error("read")),
  };
  const options = { samples: unread, scales: "ranges", highBiasAbsorption: "off" } as const;
  const { model } = await equalizeModel(chain(), options);
  const without = await equalizeModel(chain(), { highBiasAbsorption: "off" });
  const outputs = await outputsOf(model, chainSamples());
  assertEquals(outputs, await outputsOf(without.model, chainSamples()));
  const clip = chain({
    activation: "Clip low six",
    constants: { low: tensor([], [0]), six: tensor([], [6]) },
  });
  assertEquals((await equalizeModel(clip, { ...options, relu6: "relu" })).report.links.length, 2);
  for (
    const [network, asking] of [
      [clip, {}],
      [chain(), { scales: "noise" }],
      [chain(), { highBiasAbsorption: "data" }],
    ] as const
  ) {
    await assertRejects(() => equalizeModel(network, { ...options, ...asking }), Error, "read");
  }
});

Deno.test("equalizeModel() refuses samples that are not finite", async () => {
  const bad = tensor([1, 3, 6, 6], Array.from({ length: 108 }, (_, i) => i === 70 ? NaN : 1));
  await assertRejects(
    () => equalizeModel(chain(), { samples: samplesOf(bad) }),
    FormatError,
    'Cannot observe value "x" of sample 0: found NaN or infinity, expected numbers',
  );
});

Deno.test("equalizeModel() counts the factors of Gemm in what it moves to the next bias", async () => {
  const first = noise([8, 4], 1);
  // A dead channel, and one that is never near zero.
  const data = Array.from(first.data, Number).map((weight, i) =>
    Math.floor(i / 4) === 2 ? 0 : weight
  );
  const float = (number: number) => ({ type: "float", value: number }) as const;
  const model = smallModel({
    inputs: [value("x", [1, 4])],
    nodes: [
      node("Gemm x,w1,b1 -> c", { transB: int(1) }),
      node("Relu c -> a"),
      node("Gemm a,w2,b2 -> y", { alpha: float(0.25), beta: float(2) }),
    ],
    values: [value("c", [1, 8]), value("a", [1, 8]), value("y", [1, 3])],
    initializers: {
      w1: tensor([8, 4], data),
      b1: tensor([8], [0, 1, 5, 40, 0, 1, 0, 1]),
      w2: noise([8, 3], 2),
      b2: noise([3], 3),
    },
  });
  const samples = samplesOf(...[1, 2, 3].map((seed) => noise([1, 4], 50 + seed)));
  const equalized = await equalizeModel(model, { samples, through: "all" });
  const [link] = equalized.report.links;
  assertEquals([link?.constants, (link?.absorbed ?? 0) > 0], [1, true]);
  const share = difference(
    await outputsOf(equalized.model, samples),
    await outputsOf(model, samples),
  );
  assert(share < 1e-5, `outputs differ by ${share}`);
});

Deno.test("equalizeModel() gives each feature behind a Flatten the ceiling of its channel", async () => {
  const model = smallModel({
    inputs: [value("x", [1, 3, 4, 4])],
    nodes: [
      node("Conv x,w1,b1 -> c"),
      node("Flatten c -> f"),
      node("Clip f,zero,six -> a"),
      node("Gemm a,w2 -> y"),
    ],
    values: [
      value("c", [1, 8, 4, 4]),
      value("f", [1, 128]),
      value("a", [1, 128]),
      value("y", [1, 5]),
    ],
    initializers: {
      ...SIX,
      w1: uneven([8, 3, 1, 1], 1),
      b1: noise([8], 2),
      w2: noise([128, 5], 3),
    },
  });
  const samples = samplesOf(...[1, 2, 3].map((seed) => {
    const { shape, data } = noise([1, 3, 4, 4], 50 + seed);
    return tensor(shape, Array.from(data, Number).map((number) => 20 * number));
  }));
  const equalized = await equalizeModel(model, { samples, through: "all", relu6: "exact" });
  assertEquals(equalized.report.links[0]?.ceiling.kind, "per-channel");
  const share = difference(
    await outputsOf(equalized.model, samples),
    await outputsOf(model, samples),
  );
  assert(share < 1e-5, `outputs differ by ${share}`);
});

Deno.test("equalizeModel() drops overrides of tensors that change, and keeps others", async () => {
  const encoding = { bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false };
  const parameters = new Map([["w1", { encodings: [encoding] }]]);
  const activations = new Map([["x", { encodings: [encoding] }]]);
  const { model } = await equalizeModel({
    ...chain(),
    overrides: { parameters, activations },
  });
  assertEquals([...model.overrides.parameters.keys()], []);
  assertEquals([...model.overrides.activations.keys()], ["x"]);
});

Deno.test("equalizeModel() refuses what it cannot do", async () => {
  const encoding = { bitwidth: 8, min: 0, max: 255, scale: 1, offset: 0, symmetric: false };
  const quantized = {
    ...chain(),
    encodings: { activations: new Map([["x", { encodings: [encoding] }]]), parameters: new Map() },
  };
  await assertRejects(
    () => equalizeModel(quantized),
    FormatError,
    'Cannot equalize "small": it is already quantized, expected the float network',
  );
  const refused = async (options: EqualizeOptions, message: string) =>
    await assertRejects(() => equalizeModel(chain(), options), RangeError, message);
  await refused({ samples: samplesOf() }, 'Cannot equalize "small": no samples');
  await refused(
    { scales: "noise" },
    'Cannot equalize "small" by noise without samples; "ranges" needs none',
  );
  await refused(
    { highBiasAbsorption: "data" },
    'Cannot absorb biases of "small" by data without samples',
  );
  for (
    const [options, message] of [
      [{ scales: "foo" }, 'scales "foo": expected ranges or noise'],
      [{ relu6: "foo" }, 'relu6 "foo": expected auto or relu or exact or keep'],
      [
        { highBiasAbsorption: "foo" },
        'highBiasAbsorption "foo": expected auto or data or batch-norm or off',
      ],
      [{ through: "foo" }, 'through "foo": expected activations or all'],
    ] as const
  ) {
    await refused(options as unknown as EqualizeOptions, `Cannot equalize with ${message}`);
  }
  await refused({ maxSamples: 0 }, "Cannot equalize by 0 samples: expected an integer from 1");
  await refused({ iterations: 0 }, "Cannot equalize 0 times: expected an integer from 1");
  await refused(
    { tolerance: -1 },
    "Cannot equalize to tolerance -1: expected a number from 0",
  );
  const bad = uneven([8, 3, 1, 1], 1);
  bad.data[5] = NaN;
  await assertRejects(
    () => equalizeModel(chain({ first: bad })),
    FormatError,
    'Cannot equalize tensor "w1": element 5 is NaN, expected finite numbers',
  );
});

Deno.test("equalizeModel() ends when it is aborted", async () => {
  const signal = AbortSignal.abort(new DOMException("enough", "AbortError"));
  await assertRejects(() => equalizeModel(chain(), { signal }), DOMException, "enough");
});
