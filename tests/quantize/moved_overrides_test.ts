import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Model, ModelEncodings, Node } from "../../src/graph/mod.ts";
import { computeEncoding, quantizeModel, type QuantizeOptions } from "../../src/quantize/mod.ts";
import type { TensorEncoding } from "../../src/tensor/mod.ts";
import { calibrationOf } from "./calibration_of.ts";
import { node, smallModel } from "./small_model.ts";

const SHAPE = [1, 2, 2, 2];
const RANGES = { x: { min: -1, max: 1 }, a: { min: 0, max: 1 }, c: { min: -1, max: 1 } };

function grid(min: number, max: number, bitwidth = 8): TensorEncoding {
  return { encodings: [computeEncoding({ min, max }, { bitwidth })] };
}

/** Sigmoid `a`, moved to `b` and on to `y`; `a` is read by others if they say so. */
function moves(overrides: Partial<ModelEncodings>, others: readonly Node[] = []): Model {
  const names = ["a", "b", "y", ...others.flatMap(({ outputs }) => outputs)];
  const model = smallModel({
    inputs: { x: SHAPE },
    outputs: ["y", ...others.flatMap(({ outputs }) => outputs)],
    nodes: [
      node("Sigmoid", ["x"], ["a"]),
      node("Transpose", ["a"], ["b"]),
      node("Transpose", ["b"], ["y"]),
      ...others,
    ],
    values: {
      ...Object.fromEntries(names.map((name) => [name, SHAPE])),
      b: [2, 2, 2, 1],
      z: [1, 4, 2, 2],
    },
  });
  const none = { activations: new Map(), parameters: new Map() };
  return { ...model, overrides: { ...none, ...overrides } };
}

/** `[min, max, bits, origin]` of each value, to two digits. */
async function quantized(
  model: Model,
  options: QuantizeOptions = {},
): Promise<Record<string, readonly unknown[]>> {
  const calibration = options.floatFallback ? undefined : await calibrationOf(model, RANGES);
  const result = await quantizeModel(model, calibration, { useOverrides: true, ...options });
  return Object.fromEntries(
    Array.from(result.quantized, ([name, { encoding, origin }]) => {
      const { min = NaN, max = NaN, bitwidth } = encoding.encodings[0] ?? {};
      return [name, [Number(min.toFixed(2)), Number(max.toFixed(2)), bitwidth, origin]];
    }),
  );
}

const TANH = node("Tanh", ["a"], ["c"]);
const AXIS = { axis: { type: "int", value: 1 } } as const;
const X = [-1, 1, 8, "observed"];

Deno.test("quantizeModel() carries an override of a moved value forward and back", async () => {
  const activations = new Map([["b", grid(-2, 0.5)]]);
  const passed = [-2, 0.5, 8, "passed on"];
  assertEquals(await quantized(moves({ activations })), {
    x: X,
    a: passed,
    b: [-2, 0.5, 8, "override"],
    y: passed,
  });
});

Deno.test("quantizeModel() keeps the grid of a value that others read; the move changes it", async () => {
  const activations = new Map([["b", grid(-2, 0.5)]]);
  assertEquals(await quantized(moves({ activations }, [TANH])), {
    x: X,
    a: [0, 1, 8, "observed"],
    b: [-2, 0.5, 8, "override"],
    y: [-2, 0.5, 8, "passed on"],
    c: X,
  });
});

Deno.test("quantizeModel() holds different overrides at both ends of a move", async () => {
  const activations = new Map([["a", grid(0, 2)], ["y", grid(0, 4, 16)]]);
  assertEquals(await quantized(moves({ activations })), {
    x: X,
    a: [0, 2, 8, "override"],
    b: [0, 4, 16, "passed on"],
    y: [0, 4, 16, "override"],
  });
});

Deno.test("quantizeModel() carries bit widths of moved values", async () => {
  const types = (...names: readonly string[]) => ({
    activations: new Map(names.map((name) => [name, { kind: "int", bitwidth: 16 } as const])),
    parameters: new Map(),
  });
  const wide = [0, 1, 16];
  assertEquals(await quantized(moves({ types: types("y") })), {
    x: X,
    a: [...wide, "observed"],
    b: [...wide, "passed on"],
    y: [...wide, "passed on"],
  });
  assertEquals(await quantized(moves({ types: types("y") }, [TANH])), {
    x: X,
    a: [0, 1, 8, "observed"],
    b: [...wide, "observed"],
    y: [...wide, "passed on"],
    c: X,
  });
  const activations = new Map([["a", grid(0, 2)]]);
  const both = await quantized(moves({ activations, types: types("b") }));
  assertEquals([both.a, both.b, both.y], [
    [0, 2, 8, "override"],
    [0, 2, 16, "passed on"],
    [0, 2, 16, "passed on"],
  ]);
});

Deno.test("quantizeModel() makes float what only moves to a float value", async () => {
  const types = {
    activations: new Map([["y", { kind: "float", bitwidth: 16 } as const]]),
    parameters: new Map(),
  };
  assertEquals(await quantized(moves({ types })), { x: X });
  const shared = await quantized(moves({ types }, [TANH]));
  assertEquals([shared.a, shared.b, shared.y], [[0, 1, 8, "observed"], undefined, undefined]);
});

Deno.test("quantizeModel() observes behind a float value what shall have bits of its own", async () => {
  const types = {
    activations: new Map([
      ["a", { kind: "float", bitwidth: 32 } as const],
      ["b", { kind: "int", bitwidth: 16 } as const],
    ]),
    parameters: new Map(),
  };
  const found = await quantized(moves({ types }));
  assertEquals([found.a, found.b, found.y], [
    undefined,
    [0, 1, 16, "observed"],
    [0, 1, 16, "passed on"],
  ]);
});

Deno.test("quantizeModel() with float fallback carries overrides through moves, others or not", async () => {
  const activations = new Map([["y", grid(-2, 0.5)]]);
  const model = moves({ activations }, [TANH]);
  const passed = [-2, 0.5, 8, "passed on"];
  assertEquals(await quantized(model, { floatFallback: true }), {
    a: passed,
    b: passed,
    y: [-2, 0.5, 8, "override"],
  });
});

Deno.test("quantizeModel() joins moved values that share an override", async () => {
  const activations = new Map([["b", grid(-2, 0.5)], ["c", grid(-2, 0.5)]]);
  const others = [node("Tanh", ["x"], ["c"]), node("Concat", ["y", "c"], ["z"], AXIS)];
  const model = moves({ activations }, others);
  const ranges = { ...RANGES, z: { min: -1, max: 1 } };
  const calibration = await calibrationOf(model, ranges);
  const { encodings } = await quantizeModel(model, calibration, { useOverrides: true });
  const [joined] = encodings.activations.get("z")?.encodings ?? [];
  assertAlmostEquals(joined?.scale ?? NaN, 2.5 / 255, 1e-8);
});
