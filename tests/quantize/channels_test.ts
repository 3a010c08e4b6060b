import { assert, assertEquals, assertRejects } from "@std/assert";
import { openModel, saveDlc, writeOnnx } from "../../src/formats/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import {
  isRangeMethodName,
  quantizeModel,
  type QuantizeOptions,
  RANGE_METHODS,
  type RangeMethod,
} from "../../src/quantize/mod.ts";
import { encodeParameters } from "../../src/quantize/encode_parameters.ts";
import { planParameters } from "../../src/quantize/plan_parameters.ts";
import { countElements, readDense, type TensorEncoding } from "../../src/tensor/mod.ts";
import { build, input, node } from "../graph/graph_builder.ts";
import { makeFolder } from "../io/_temporary_folder.ts";
import { noise, weights } from "../formats/dlc/_round_trip.ts";
import { floats, node as plainNode, smallModel } from "./small_model.ts";

/** Axes of the weights of {@linkcode network} that run along output channels. */
const AXES: Readonly<Record<string, number>> = {
  conv: 0,
  depthwise: 0,
  grouped: 0,
  transposed: 1,
  transposedGroups: 1,
  transposedDepthwise: 0,
  gemmB: 0,
  gemm: 1,
};

/** A network of every kind of layer with weights; its channels differ in size. */
function network(): Promise<Model> {
  const pads = [1, 1, 1, 1];
  const constants = {
    conv: weights(6, 4, 3, 3),
    depthwise: weights(6, 1, 3, 3),
    grouped: weights(8, 3, 1, 1),
    transposed: weights(8, 6, 2, 2),
    transposedGroups: weights(6, 2, 2, 2),
    transposedDepthwise: weights(4, 1, 2, 2),
    gemmB: weights(3, 4 * 7 * 7),
    gemm: weights(3, 5),
    matMul: weights(5, 2),
    bias: weights(6),
    gemmBias: weights(5),
  };
  for (const [name, { data, shape }] of Object.entries(constants)) {
    const channels = shape[AXES[name] ?? 0] ?? 1;
    const inner = countElements(shape.slice((AXES[name] ?? 0) + 1));
    for (let i = 0; i < data.length; i++) {
      data[i] = Number(data[i]) * 10 ** (Math.floor(i / inner) % channels % 3 - 1);
    }
  }
  return build({
    inputs: [input("x", 1, 4, 4, 4)],
    outputNames: ["y"],
    nodes: [
      node("Conv", ["x", "conv", "bias"], "a", { pads }),
      node("Conv", ["a", "depthwise"], "b", { pads, group: 6 }),
      node("Conv", ["b", "grouped"], "c", { group: 2 }),
      node("ConvTranspose", ["c", "transposed"], "d"),
      node("ConvTranspose", ["d", "transposedGroups"], "e", { group: 2 }),
      node("ConvTranspose", ["e", "transposedDepthwise"], "f", { group: 4 }),
      node("Flatten", ["f"], "g"),
      node("Gemm", ["g", "gemmB"], "h", { transB: 1 }),
      node("Gemm", ["h", "gemm", "gemmBias"], "i"),
      node("MatMul", ["i", "matMul"], "y"),
    ],
    constants,
  });
}

const samples = {
  length: 2,
  read: (index: number) =>
    Promise.resolve(new Map([["x", noise({ shape: [1, 4, 4, 4], dtype: "float32" }, index + 1)]])),
};

/** The elements of each index of an axis. */
function split(data: ArrayLike<number>, shape: readonly number[], axis: number): number[][] {
  const inner = countElements(shape.slice(axis + 1));
  const channels = Array.from({ length: shape[axis] ?? 1 }, (): number[] => []);
  for (let i = 0; i < data.length; i++) {
    channels[Math.floor(i / inner) % channels.length]?.push(data[i] ?? NaN);
  }
  return channels;
}

async function numbers(model: Model, name: string): Promise<readonly number[]> {
  const reference = model.initializers.get(name);
  assert(reference !== undefined, name);
  return Array.from((await readDense(reference)).data, Number);
}

Deno.test("quantizeModel() per channel gives each output channel a symmetric grid of its own", async () => {
  const float = await network();
  const model = await quantizeModel(float, samples, { perChannel: true });
  for (const [name, { axis, encodings }] of model.encodings.parameters) {
    assertEquals(axis, AXES[name], name);
    if (axis === undefined) continue;
    const { shape } = float.initializers.get(name) ?? { shape: [] };
    const channels = split(await numbers(float, name), shape, axis);
    assertEquals(encodings.length, channels.length);
    const read = split(await numbers(model, name), shape, axis);
    for (const [index, channel] of channels.entries()) {
      const largest = Math.max(...channel.map(Math.abs), 0.005);
      const { scale, offset, symmetric } = encodings[index] ?? {};
      assert(
        scale !== undefined && Math.abs(scale - largest / 127) < 1e-9 * largest || largest < 0.01,
      );
      assertEquals([offset, symmetric], [-128, true]);
      for (const [place, value] of channel.entries()) {
        assert(Math.abs(value - (read[index]?.[place] ?? NaN)) <= (scale ?? 0) * 0.500001, name);
      }
    }
    assertEquals(model.initializers.get(name)?.views[0]?.kind, "quantize");
  }
});

Deno.test("quantizeModel() per row takes fully connected layers and MatMul, per row biases theirs", async () => {
  const model = await quantizeModel(await network(), samples, { perRow: true, perRowBias: true });
  const axes = [...model.encodings.parameters].filter(([, { axis }]) => axis !== undefined);
  assertEquals(
    axes.map(([name, { axis, encodings }]) => [name, axis, encodings.length]),
    [["gemmB", 0, 3], ["gemm", 1, 5], ["gemmBias", 0, 5], ["matMul", 1, 2]],
  );
});

Deno.test("quantizeModel() per channel chooses as each channel alone would, by every method", async () => {
  const float = await network();
  const numbersOf = new Map<string, number[][]>();
  for (const [name, axis] of Object.entries(AXES)) {
    const { shape } = float.initializers.get(name) ?? { shape: [] };
    numbersOf.set(name, split(await numbers(float, name), shape, axis));
  }
  for (const [weightMethod, row] of Object.entries(RANGE_METHODS)) {
    const method: RangeMethod = row;
    assert(isRangeMethodName(weightMethod));
    if (method.schemas?.includes("symmetric") === false) continue;
    const plans = planParameters(float, { weightMethod, perChannel: true });
    for (const chunkBytes of [100, 2 ** 20]) {
      const parameters = await encodeParameters(float, plans, { chunkBytes });
      for (const [name, channels] of numbersOf) {
        const expected = channels.map((channel) => {
          const observer = method.createObserver();
          observer.observe(Float32Array.from(channel), { tensor: name });
          return method.encode(observer, { schema: "symmetric" });
        });
        assertEquals(parameters.get(name)?.encoding.encodings, expected, weightMethod);
      }
    }
  }
});

/** What can be stored of an encoding in float32. */
function stored({ axis, encodings }: TensorEncoding) {
  return [
    axis,
    encodings.map(({ bitwidth, scale, offset }) => [bitwidth, Math.fround(scale), offset]),
  ];
}

Deno.test("quantizeModel() per channel goes through DLC 4 and ONNX and back", async () => {
  const cases: readonly QuantizeOptions[] = [
    { perChannel: true, perRow: true },
    { perChannel: true, perRow: true, perRowBias: true, weightBitwidth: 4 },
    { perChannel: true, weightBitwidth: 16, activationBitwidth: 16, biasBitwidth: 32 },
    { perChannel: true, quantizeParameters: false },
  ];
  await using folder = await makeFolder();
  for (const options of cases) {
    const float = await network();
    const model = await quantizeModel(float, samples, options);
    const document = await saveDlc(model, `${folder.path}/a.dlc`);
    assertEquals(document.version, "4.1");
    await using back = await openModel(`${folder.path}/a.dlc`);
    await writeOnnx(back, `${folder.path}/a.onnx`);
    await using onnx = await openModel(`${folder.path}/a.onnx`);
    for (const [name, encoding] of model.encodings.parameters) {
      if (name === "gemm") {
        // A DLC holds the rows of fully connected layers.
        const rows = back.encodings.parameters.get("gemm.rows");
        assert(rows !== undefined);
        const { axis, encodings } = encoding;
        assertEquals(stored(rows), stored(axis === undefined ? encoding : { axis: 0, encodings }));
        continue;
      }
      const found = back.encodings.parameters.get(name);
      assert(found !== undefined, name);
      assertEquals(stored(found), stored(encoding), name);
      const wanted = await numbers(model, name);
      const read = await numbers(back, name);
      const largest = Math.max(...wanted.map(Math.abs));
      assert(
        wanted.every((value, i) => Math.abs(value - (read[i] ?? NaN)) <= 1e-6 * largest),
        name,
      );
      const isFloat = options.quantizeParameters === false;
      assertEquals(back.encodings.floatParameters?.has(name) ?? false, isFloat);
      const override = onnx.overrides.parameters.get(name);
      // 32 bits are floats there.
      if (isFloat || encoding.encodings[0]?.bitwidth === 32) continue;
      assert(override !== undefined, name);
      assertEquals(stored(override), stored(encoding), name);
    }
  }
});

Deno.test("quantizeModel() with 4 bits leaves constants that are no weights at 8", async () => {
  const model = smallModel({
    inputs: { x: [1, 2] },
    outputs: ["y"],
    nodes: [plainNode("Gemm", ["x", "w"], ["g"]), plainNode("Add", ["g", "c"], ["y"])],
    constants: { w: floats([2, 2], [1, 2, 3, 4]), c: floats([1, 2], [1, 2]) },
    values: { g: [1, 2], y: [1, 2] },
  });
  const source = {
    length: 1,
    read: () => Promise.resolve(new Map([["x", floats([1, 2], [1, -1])]])),
  };
  const { parameters } = (await quantizeModel(model, source, { weightBitwidth: 4 })).encodings;
  assertEquals(
    Array.from(parameters, ([name, { encodings }]) => [name, encodings[0]?.bitwidth]),
    [["w", 4], ["c", 8]],
  );
});

Deno.test("quantizeModel() chooses for weights and activations apart, and says how", async () => {
  const model = await quantizeModel(await network(), samples, {
    weightMethod: "mse",
    weightSchema: "symmetric",
    activationMethod: "percentile",
    activationSchema: "unsigned-symmetric",
    percentile: 95,
  });
  const methods = Array.from(model.quantized, ([name, { role, method }]) => [name, role, method]);
  for (const [name, role, method] of methods) {
    if (method === undefined) continue;
    const expected = role === "activation" ? "percentile" : role === "bias" ? "tf" : "mse";
    assertEquals(method, expected, String(name));
  }
  for (const { encodings } of model.encodings.activations.values()) {
    assert(encodings.every(({ symmetric }) => symmetric));
  }
});

Deno.test("quantizeModel() refuses what does not go together before it works", async () => {
  const cases: readonly (readonly [QuantizeOptions, string])[] = [
    [
      { perChannel: true, weightSchema: "asymmetric" },
      'Cannot quantize weights per channel with schema "asymmetric": their encodings are symmetric',
    ],
    [
      { perRow: true, weightMethod: "adjusted" },
      'Cannot quantize weights per row with range method "adjusted": their encodings are symmetric',
    ],
    [
      { perChannel: true, weightMethod: "strict-symmetric" },
      'Cannot quantize weights per channel with range method "strict-symmetric": their encodings ' +
      "are symmetric",
    ],
    [
      { weightMethod: "adjusted", weightBitwidth: 4 },
      'Cannot use range method "adjusted" with 4 bits: possible are 8',
    ],
  ];
  const refusing = { length: 1, read: () => Promise.reject(new Error("was read")) };
  for (const [options, message] of cases) {
    const error = await assertRejects(
      async () => await quantizeModel(await network(), refusing, options),
      RangeError,
    );
    assertEquals(error.message, message);
  }
});

Deno.test("quantizeModel() names the weight that is not finite, also per channel", async () => {
  for (const weightMethod of ["tf", "sqnr", "enhanced"] as const) {
    const model = smallModel({
      inputs: { x: [1, 2] },
      outputs: ["y"],
      nodes: [plainNode("Gemm", ["x", "w"], ["y"])],
      constants: { w: floats([2, 2], [1, 2, NaN, 4]) },
      values: { y: [1, 2] },
    });
    const error = await assertRejects(() =>
      quantizeModel(model, samples, { weightMethod, perChannel: true })
    );
    assert(error instanceof Error);
    assert(
      /^Cannot observe tensor "w": element \d is NaN, expected finite numbers$/.test(error.message),
      error.message,
    );
  }
});
