import { assertEquals } from "@std/assert";
import { InferenceSession, Tensor } from "../../../../src/execute/native_runtime.ts";
import { writeOnnx } from "../../../../src/formats/onnx/mod.ts";
import { limitsOnGrid } from "../../../../src/formats/onnx/write/limits_on_grid.ts";
import type { Model, Node } from "../../../../src/graph/mod.ts";
import { fakeQuantize } from "../../../../src/kernels/mod.ts";
import {
  type Encoding,
  referenceDense,
  type TensorEncoding,
  type TensorReference,
  viewTensor,
} from "../../../../src/tensor/mod.ts";
import { modelOf, nodeOf } from "../_model.ts";

function encode(scale: number, offset: number, bitwidth = 8): Encoding {
  const max = scale * (offset + 2 ** bitwidth - 1);
  return { bitwidth, scale, offset, min: scale * offset, max, symmetric: false };
}

function floats(name: string, shape: readonly number[], values: readonly number[]) {
  return referenceDense(name, { dtype: "float32", shape, data: Float32Array.from(values) });
}

/** A clip whose limits are constants, or absent. */
function clip(low?: number, high?: number): { node: Node; initializers: Model["initializers"] } {
  const initializers = new Map<string, TensorReference>();
  if (low !== undefined) initializers.set("low", floats("low", [], [low]));
  if (high !== undefined) initializers.set("high", floats("high", [], [high]));
  const inputs = ["x", low === undefined ? "" : "low", high === undefined ? "" : "high"];
  return { node: nodeOf("Clip", inputs, ["y"]), initializers };
}

function limits(
  { node, initializers }: ReturnType<typeof clip>,
  ...encodings: readonly Encoding[]
): readonly [number, number] | undefined {
  return limitsOnGrid({ initializers }, node, { encodings });
}

Deno.test("limitsOnGrid() gives the ends where limits round to the first and the last code", () => {
  // 6.365 is 0.4 steps below the last point, 255 / 40.
  assertEquals(limits(clip(0, 6.365), encode(1 / 40, 0)), [0, 6.375]);
  assertEquals(limits(clip(-127.75, 126.75), encode(1, -128)), [-128, 127]);
  assertEquals(limits(clip(undefined, 255.4 / 2), encode(0.5, 0)), undefined);
  assertEquals(limits(clip(undefined, 254.6 / 2), encode(0.5, 0)), [0, 127.5]);
  assertEquals(limits(clip(0, 65534.75), encode(1, 0, 16)), [0, 65535]);
});

Deno.test("limitsOnGrid() leaves limits that codes reach, or that lie outside the grid", () => {
  assertEquals(limits(clip(0, 6), encode(6 / 255, 0)), undefined);
  assertEquals(limits(clip(0, 6), encode(1 / 127, -128)), undefined);
  assertEquals(limits(clip(0, 6.365), encode(1 / 40, -10)), undefined);
  assertEquals(limits(clip(0, 6), encode(1 / 40, 0)), undefined);
  // A tie goes to the even code, which is not the last one.
  assertEquals(limits(clip(0, 254.5), encode(1, 0)), undefined);
  assertEquals(limits(clip(0, 254.5000153), encode(1, 0)), [0, 255]);
});

Deno.test("limitsOnGrid() leaves other nodes, unknown limits and several encodings", () => {
  const { node, initializers } = clip(0, 6.365);
  assertEquals(
    limits({ node: { ...node, operator: "Min" }, initializers }, encode(1 / 40, 0)),
    undefined,
  );
  assertEquals(limits({ node, initializers: new Map() }, encode(1 / 40, 0)), undefined);
  assertEquals(limits({ node, initializers }, encode(1 / 40, 0), encode(1 / 40, 0)), undefined);
});

/** A convolution with a 32-bit bias and a clip, all quantized. */
function convClip(high: number, output: Encoding): Model {
  const weight: TensorEncoding = { encodings: [encode(0.01, -120)] };
  const data = Float32Array.from({ length: 108 }, (_, index) => Math.fround(Math.sin(index)));
  const float = referenceDense("w", { dtype: "float32", shape: [4, 3, 3, 3], data });
  const codes = viewTensor(float, { kind: "quantize", encoding: weight, dtype: "uint8" });
  return modelOf({
    nodes: [nodeOf("Conv", ["x", "w", "b"], ["c"]), nodeOf("Clip", ["c", "low", "high"], ["y"])],
    shapes: { x: [1, 3, 8, 8], c: [1, 4, 6, 6], y: [1, 4, 6, 6] },
    initializers: new Map([
      ["w", viewTensor(codes, { kind: "dequantize", encoding: weight })],
      ["b", floats("b", [4], [0.1, 0.2, 0.3, 0.4])],
      ["low", floats("low", [], [0])],
      ["high", floats("high", [], [high])],
    ]),
    encodings: {
      activations: new Map([
        ["x", { encodings: [encode(0.02, -128)] }],
        ["y", { encodings: [output] }],
      ]),
      parameters: new Map([["w", weight]]),
    },
  });
}

async function runExport(
  model: Model,
  x: Float32Array,
  options: Parameters<typeof InferenceSession.create>[1],
): Promise<Float32Array> {
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  try {
    await writeOnnx(model, path);
    const session = await InferenceSession.create(await Deno.readFile(path), {
      logSeverityLevel: 3,
      ...options,
    });
    try {
      const { y } = await session.run({ x: new Tensor("float32", x, [1, 3, 8, 8]) }, { y: null });
      return (y?.data as Float32Array).slice();
    } finally {
      await session.release();
    }
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("writeOnnx() writes clips that ONNX Runtime merges with a convolution, and none of its codes changes", async () => {
  const scale = Math.fround(0.0235);
  const top = Math.fround(scale * 255);
  const x = Float32Array.from({ length: 192 }, (_, index) => 2.4 * Math.cos(index * index));
  const unmerged = {
    graphOptimizationLevel: "extended",
    extra: { session: { disable_quant_qdq: "1" } },
  } as const;
  for (const high of [top, top - 4e-7, top - scale * 0.3, top - scale * 0.7, top / 2, 2 * top]) {
    const merged = await runExport(convClip(high, encode(scale, 0)), x, {});
    const apart = await runExport(convClip(high, encode(scale, 0)), x, unmerged);
    // The same without an encoding behind the clip, and then on the grid by our own kernel.
    const model = convClip(high, encode(scale, 0));
    const activations = new Map([...model.encodings.activations].slice(0, 1));
    const own = await runExport(
      { ...model, encodings: { ...model.encodings, activations } },
      x,
      unmerged,
    );
    fakeQuantize(own, { scale, offset: 0, levels: 256 });
    assertEquals(apart, own, `${high}`);
    const steps = merged.map((value, index) => Math.abs(value - (own[index] ?? 0)) / scale);
    assertEquals(steps.every((step) => step < 1.01), true, `${high}`);
  }
});
