import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { FormatError, UnsupportedError } from "../../src/errors.ts";
import { modelToDlc } from "../../src/formats/dlc/mod.ts";
import type { Attribute, Model } from "../../src/graph/mod.ts";
import {
  computeBiasEncoding32,
  computeEncoding,
  decodeNumber,
  encodeNumber,
  quantizeModel,
  roundEncoding,
} from "../../src/quantize/mod.ts";
import { type Encoding, readDense, viewTensor } from "../../src/tensor/mod.ts";
import { calibrationOf } from "./calibration_of.ts";
import { convolutionModel, floats, node, smallModel } from "./small_model.ts";

const RANGES = { x: { min: -1, max: 1 }, relu: { min: 0, max: 2.5 }, y: { min: -2, max: 1.5 } };

function withOverrides(model: Model, overrides: Partial<Model["overrides"]>): Model {
  return { ...model, overrides: { ...model.overrides, ...overrides } };
}

/** The encoding of a range as a model keeps it. */
function gridOf(...range: Parameters<typeof computeEncoding>): Encoding {
  return roundEncoding(computeEncoding(...range));
}

Deno.test("quantizeModel() encodes weights, biases and activations by tf at 8 bits", async () => {
  const model = convolutionModel();
  const quantized = await quantizeModel(model, await calibrationOf(model, RANGES));
  const { activations, parameters } = quantized.encodings;
  assertEquals([...activations.keys()], ["x", "relu", "pool", "flat", "y"]);
  assertEquals(activations.get("x")?.encodings, [gridOf(RANGES.x)]);
  assertEquals(activations.get("relu")?.encodings, [gridOf(RANGES.relu)]);
  assert(activations.get("pool") === activations.get("relu"));
  assert(activations.get("flat") === activations.get("relu"));
  assertEquals(Array.from(parameters.keys()), ["w", "b", "v"]);
  assertEquals(parameters.get("w")?.encodings, [gridOf({ min: -0.5, max: 2 })]);
  assertEquals(parameters.get("b")?.encodings, [
    gridOf({ min: Math.fround(-0.2), max: Math.fround(0.1) }),
  ]);
});

Deno.test("quantizeModel() reads weights as floats on the grid and stores them as codes", async () => {
  const model = convolutionModel();
  const quantized = await quantizeModel(model, await calibrationOf(model, RANGES));
  const encoding = quantized.encodings.parameters.get("v");
  const [grid] = encoding?.encodings ?? [];
  const reference = quantized.initializers.get("v");
  assert(encoding !== undefined && grid !== undefined && reference !== undefined);
  const values = [0.5, 0, -0.5, 1, -1, 0.125];
  const codes = values.map((value) => encodeNumber(value, grid));
  assertEquals(reference.dtype, "float32");
  assertEquals(
    (await readDense(reference)).data,
    Float32Array.from(codes, (code) => decodeNumber(code, grid)),
  );
  const stored = viewTensor(reference, { kind: "quantize", encoding, dtype: "uint8" });
  assertEquals((await readDense(stored)).data, Uint8Array.from(codes));
});

Deno.test("quantizeModel() leaves the float model as it is", async () => {
  const model = convolutionModel();
  await quantizeModel(model, await calibrationOf(model, RANGES));
  assertEquals(model.encodings.parameters.size, 0);
  const w = model.initializers.get("w");
  assert(w !== undefined);
  assertEquals((await readDense(w)).data, Float32Array.of(1, -0.5, 0.25, 2));
});

Deno.test("quantizeModel() tells where encodings come from and what was observed", async () => {
  const model = convolutionModel();
  const { quantized } = await quantizeModel(model, await calibrationOf(model, RANGES));
  assertEquals([...quantized.keys()], ["w", "b", "v", "x", "relu", "pool", "flat", "y"]);
  assertEquals(quantized.get("b")?.role, "bias");
  assertEquals(quantized.get("w")?.range, { min: -0.5, max: 2 });
  assertEquals(quantized.get("relu")?.range, RANGES.relu);
  assertEquals(quantized.get("relu")?.origin, "observed");
  assertEquals(quantized.get("pool")?.origin, "passed on");
});

Deno.test("quantizeModel() stores each bit width in its type", async () => {
  const model = convolutionModel();
  const quantized = await quantizeModel(model, await calibrationOf(model, RANGES), {
    weightBitwidth: 4,
    activationBitwidth: 16,
    biasBitwidth: 32,
    minimumRange: 0.0001,
  });
  const { activations, parameters } = quantized.encodings;
  assertEquals(activations.get("x")?.encodings[0]?.bitwidth, 16);
  assertEquals(parameters.get("w")?.encodings[0]?.bitwidth, 4);
  assertEquals(parameters.get("b")?.encodings, [
    roundEncoding(computeBiasEncoding32({ min: Math.fround(-0.2), max: Math.fround(0.1) })),
  ]);
  const kinds = ["w", "b"].map((name) =>
    quantized.initializers.get(name)?.views.find((view) => view.kind === "quantize")?.dtype
  );
  assertEquals(kinds, ["uint4", "int32"]);
  const bias = quantized.initializers.get("b");
  assert(bias !== undefined);
  const { data } = await readDense(bias);
  assertEquals(data.length, 2);
  assertAlmostEquals(Number(data[0]), 0.1, 1e-7);
  assertAlmostEquals(Number(data[1]), -0.2, 1e-7);
});

Deno.test("quantizeModel() folds batch norms unless told not to", async () => {
  const vectors = {
    gamma: floats([2], [2, 3]),
    beta: floats([2], [0.5, -1]),
    mean: floats([2], [0.25, -0.5]),
    variance: floats([2], [4, 0.25]),
  };
  const model = smallModel({
    inputs: { x: [1, 2, 2, 2] },
    outputs: ["y"],
    nodes: [
      node("Conv", ["x", "w"], ["conv"]),
      node("BatchNormalization", ["conv", "gamma", "beta", "mean", "variance"], ["y"], {
        epsilon: { type: "float", value: 0 },
      }),
    ],
    constants: { w: floats([2, 2, 1, 1], [1, -0.5, 0.25, 2]), ...vectors },
    values: { conv: [1, 2, 2, 2], y: [1, 2, 2, 2] },
  });
  const ranges = { x: { min: -1, max: 1 }, y: { min: -3, max: 3 } };
  const folded = await quantizeModel(model, await calibrationOf(model, ranges));
  assertEquals(folded.nodes.map(({ operator }) => operator), ["Conv"]);
  const [weight = "", bias = ""] = folded.nodes[0]?.inputs.slice(1) ?? [];
  // Factors 1 and 6: rows 1, -0.5 and 1.5, 12.
  assertEquals(folded.quantized.get(weight)?.range, { min: -0.5, max: 12 });
  // 0.5 - 0.25 * 1 and -1 + 0.5 * 6.
  assertEquals(folded.quantized.get(bias)?.range, { min: 0.25, max: 2 });

  const all = { ...ranges, conv: { min: -2, max: 2 } };
  const error = await assertRejects(
    async () =>
      await quantizeModel(model, await calibrationOf(model, all), { foldBatchNorms: false }),
    RangeError,
  );
  assertEquals(
    error.message,
    'Cannot quantize "small": the calibration is of another network',
  );
});

Deno.test("quantizeModel() gives a joined value the encoding its parts have in common", async () => {
  const model = smallModel({
    inputs: { a: [1, 2], b: [1, 2] },
    outputs: ["y"],
    nodes: [node("Concat", ["a", "b"], ["y"], { axis: { type: "int", value: 1 } })],
    values: { y: [1, 4] },
  });
  const range = { min: -1, max: 1 };
  const equal = await quantizeModel(
    model,
    await calibrationOf(model, { a: range, b: range, y: { min: -1, max: 0.5 } }),
  );
  assert(equal.encodings.activations.get("y") === equal.encodings.activations.get("a"));
  assertEquals(equal.quantized.get("y")?.origin, "passed on");
  const y = { min: -1, max: 2 };
  const different = await quantizeModel(model, await calibrationOf(model, { a: range, b: y, y }));
  assertEquals(different.quantized.get("y")?.origin, "observed");
  assertEquals(different.encodings.activations.get("y")?.encodings, [gridOf(y)]);
});

const OVERRIDE: Encoding = {
  bitwidth: 16,
  min: -4,
  max: 4,
  scale: 1,
  offset: 0,
  symmetric: false,
};

Deno.test("quantizeModel() uses overrides only when told to", async () => {
  const model = withOverrides(convolutionModel(), {
    activations: new Map([["relu", { encodings: [OVERRIDE] }]]),
    parameters: new Map([["w", { encodings: [{ ...OVERRIDE, bitwidth: 8 }, OVERRIDE] }]]),
  });
  const calibration = await calibrationOf(model, RANGES);
  const without = await quantizeModel(model, calibration);
  assertEquals(without.quantized.get("relu")?.origin, "observed");
  assertEquals(without.quantized.get("w")?.origin, "observed");

  const uniform = withOverrides(model, {
    parameters: new Map([["w", {
      encodings: [OVERRIDE, { ...OVERRIDE, min: 0, max: 2 }].map((grid) => ({
        ...grid,
        bitwidth: 8,
      })),
    }]]),
  });
  const used = await quantizeModel(uniform, calibration, { useOverrides: true });
  const relu = used.encodings.activations.get("relu");
  assertEquals(relu?.encodings, [gridOf(OVERRIDE, { bitwidth: 16 })]);
  assert(used.encodings.activations.get("pool") === relu);
  assertEquals(used.quantized.get("relu")?.origin, "override");
  const w = used.encodings.parameters.get("w");
  assertEquals(w?.axis, 0);
  assertEquals(w?.encodings, [
    gridOf({ min: -4, max: 4 }),
    gridOf({ min: 0, max: 2 }),
  ]);
});

Deno.test("quantizeModel() takes bit widths from overrides that give nothing else", async () => {
  const model = withOverrides(convolutionModel(), {
    types: {
      activations: new Map([["y", { kind: "int", bitwidth: 16 }]]),
      parameters: new Map([["b", { kind: "int", bitwidth: 32 }]]),
    },
  });
  const { encodings } = await quantizeModel(model, await calibrationOf(model, RANGES), {
    useOverrides: true,
  });
  assertEquals(encodings.activations.get("y")?.encodings, [
    gridOf(RANGES.y, { bitwidth: 16 }),
  ]);
  assertEquals(encodings.parameters.get("b")?.encodings[0]?.offset, -(2 ** 31));
});

Deno.test("quantizeModel() tells which overrides match nothing", async () => {
  const model = withOverrides(convolutionModel(), {
    activations: new Map([["rellu", { encodings: [OVERRIDE] }]]),
    parameters: new Map([["W", { encodings: [OVERRIDE] }]]),
  });
  const notices: string[] = [];
  await quantizeModel(model, await calibrationOf(model, RANGES), {
    useOverrides: true,
    onNotice: (notice) => notices.push(notice),
  });
  assertEquals(notices, [
    'The override of "rellu" matches no tensor; the nearest names are "relu", "pool", "flat"',
    'The override of "W" matches no tensor; the nearest names are "w", "x", "y"',
  ]);
});

Deno.test("quantizeModel() refuses what it cannot do", async () => {
  const model = convolutionModel();
  const calibration = await calibrationOf(model, RANGES);
  const quantized = await quantizeModel(model, calibration);
  assertEquals(
    (await assertRejects(() => quantizeModel(quantized, calibration), FormatError)).message,
    'Cannot use "small" as a float network: it is already quantized (5 activations and 3 parameters have ' +
      "encodings), expected the float network",
  );
  const odd = withOverrides(model, {
    types: { activations: new Map([["y", { kind: "int", bitwidth: 7 }]]), parameters: new Map() },
  });
  assertEquals(
    (await assertRejects(
      () => quantizeModel(odd, calibration, { useOverrides: true }),
      FormatError,
    ))
      .message,
    'Cannot use the override of "y": bit width 7, expected one of 4, 8, 16, 32',
  );
  const half = new Map(model.values).set("y", { name: "y", dtype: "float16", shape: [1, 3] });
  assertEquals(
    (await assertRejects(
      () => quantizeModel({ ...model, values: half }, calibration),
      UnsupportedError,
    )).message,
    'Cannot quantize "small": value "y" is float16; a float32 network would work',
  );
  const wide = withOverrides(model, {
    types: { activations: new Map([["y", { kind: "int", bitwidth: 32 }]]), parameters: new Map() },
  });
  assertEquals(
    (await assertRejects(
      () => quantizeModel(wide, calibration, { useOverrides: true }),
      FormatError,
    ))
      .message,
    'Cannot use the override of "y": 32-bit integers are for biases and for operators without ' +
      "weights, expected 4, 8 or 16 bits",
  );
  const { x, relu } = RANGES;
  const partial = await calibrationOf(model, { x, relu });
  assertEquals(
    (await assertRejects(() => quantizeModel(model, partial), RangeError)).message,
    'Cannot quantize "small": the calibration has no values of "y"',
  );
});

Deno.test("quantizeModel() refuses bit widths that do not exist", async () => {
  const model = convolutionModel();
  const calibration = await calibrationOf(model, RANGES);
  const cases: readonly (readonly [object, string])[] = [
    [{ weightBitwidth: 5 }, "weight bit width 5: expected 4 or 8 or 16"],
    [{ activationBitwidth: 4 }, "activation bit width 4: expected 8 or 16"],
    [{ biasBitwidth: 16 }, "bias bit width 16: expected 8 or 32"],
  ];
  for (const [options, problem] of cases) {
    const error = await assertRejects(
      () => quantizeModel(model, calibration, options),
      RangeError,
    );
    assertEquals(error.message, `Cannot quantize with ${problem}`);
  }
});

Deno.test("quantizeModel() refuses schemas that do not exist and percentiles out of range", async () => {
  const model = convolutionModel();
  const calibration = await calibrationOf(model, RANGES);
  const schemas = "asymmetric, symmetric, strict-symmetric, unsigned-symmetric";
  const cases: readonly (readonly [object, string])[] = [
    [{ activationSchema: "foo" }, `Cannot find schema "foo"; known are ${schemas}`],
    [{ weightSchema: "foo" }, `Cannot find schema "foo"; known are ${schemas}`],
    [
      { percentile: 5 },
      "Cannot compute an encoding: percentile 5, expected a number from 90 to 100",
    ],
    [{ floatBitwidth: 8 }, "Cannot quantize with float bit width 8: expected 16 or 32"],
  ];
  for (const [options, message] of cases) {
    const error = await assertRejects(() => quantizeModel(model, calibration, options), RangeError);
    assertEquals(error.message, message);
  }
});

Deno.test("quantizeModel() folds the factors of a Gemm before it encodes its constants", async () => {
  const float = (value: number): Attribute => ({ type: "float", value });
  const model = smallModel({
    inputs: { x: [1, 2] },
    outputs: ["y"],
    nodes: [node("Gemm", ["x", "v", "b"], ["y"], { alpha: float(0.25), beta: float(2) })],
    constants: { v: floats([2, 1], [4, -8]), b: floats([1], [3]) },
    values: { y: [1, 1] },
  });
  const ranges = { x: { min: -1, max: 1 }, y: { min: -2, max: 8 } };
  const quantized = await quantizeModel(model, await calibrationOf(model, ranges));
  const { v, b } = Object.fromEntries(quantized.encodings.parameters);
  assertEquals(v?.encodings, [gridOf({ min: -2, max: 1 })]);
  assertEquals(b?.encodings, [gridOf({ min: 0, max: 6 })]);
  assert((await modelToDlc(quantized, { version: "4" })).version.startsWith("4."));
});

Deno.test("quantizeModel() keeps layers float whose output, weight or bias is", async () => {
  const model = withOverrides(convolutionModel(), {
    activations: new Map([["y", { encodings: [OVERRIDE] }]]),
    types: {
      activations: new Map(),
      parameters: new Map([["v", { kind: "float", bitwidth: 16 }]]),
    },
  });
  const notices: string[] = [];
  const quantized = await quantizeModel(model, await calibrationOf(model, RANGES), {
    useOverrides: true,
    onNotice: (notice) => notices.push(notice),
  });
  assertEquals(notices, ['The override of "y" is not used: a tensor of its layer is float']);
  assertEquals([...quantized.encodings.activations.keys()], ["x", "relu", "pool", "flat"]);
  assertEquals([...quantized.encodings.parameters.keys()], ["w", "b"]);
  assertEquals([...quantized.floats], [["v", 16], ["y", 16]]);
});

Deno.test("quantizeModel() rounds float16 weights to half precision", async () => {
  const model = withOverrides(
    smallModel({
      inputs: { x: [1, 1] },
      outputs: ["y"],
      nodes: [node("Gemm", ["x", "v"], ["y"])],
      constants: { v: floats([1, 1], [0.1]) },
      values: { y: [1, 1] },
    }),
    {
      types: {
        activations: new Map([["y", { kind: "float", bitwidth: 16 }]]),
        parameters: new Map(),
      },
    },
  );
  const quantized = await quantizeModel(model, await calibrationOf(model, { x: RANGES.x }), {
    useOverrides: true,
  });
  const v = quantized.initializers.get("v");
  assert(v !== undefined);
  assertEquals(v.dtype, "float32");
  assertEquals([...(await readDense(v)).data], [Math.f16round(0.1)]);
});

Deno.test("quantizeModel() fills gaps without samples, by neighbours, and leaves the rest float", async () => {
  const model = withOverrides(convolutionModel(), {
    activations: new Map([["x", { encodings: [OVERRIDE] }], ["flat", { encodings: [OVERRIDE] }]]),
    parameters: new Map([["w", { encodings: [OVERRIDE] }]]),
  });
  const { encodings, floats, quantized } = await quantizeModel(model, undefined, {
    useOverrides: true,
    floatFallback: true,
  });
  // Flatten and MaxPool only move what Relu gives; the bias of Conv has its own range.
  assertEquals(encodings.activations.keys().toArray().sort(), ["flat", "pool", "relu", "x"]);
  assertEquals([...encodings.parameters.keys()], ["w", "b"]);
  assertEquals(quantized.get("b")?.origin, "observed");
  assertEquals([...floats].sort(), [["v", 32], ["y", 32]]);
});

Deno.test("quantizeModel() with float fallback needs overrides and no samples", async () => {
  const model = convolutionModel();
  const calibration = await calibrationOf(model, RANGES);
  const fallback = { floatFallback: true, useOverrides: true };
  const given = withOverrides(model, { activations: new Map([["x", { encodings: [OVERRIDE] }]]) });
  const cases: readonly (readonly [() => Promise<unknown>, string])[] = [
    [
      () => quantizeModel(model, undefined, fallback),
      " with float fallback: there are no overrides",
    ],
    [
      () => quantizeModel(given, undefined, { floatFallback: true }),
      " with float fallback: there are no overrides",
    ],
    [
      () => quantizeModel(given, calibration, fallback),
      " with float fallback: it takes no samples",
    ],
    [() => quantizeModel(model, undefined), ": there are no calibration samples"],
  ];
  for (const [run, problem] of cases) {
    assertEquals(
      (await assertRejects(run, RangeError)).message,
      `Cannot quantize "small"${problem}`,
    );
  }
});
