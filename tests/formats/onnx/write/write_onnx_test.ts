import { assert, assertEquals, assertRejects } from "@std/assert";
import { basename, dirname, join } from "@std/path";
import { openOnnx, writeOnnx, type WriteProgress } from "../../../../src/formats/onnx/mod.ts";
import type { Model } from "../../../../src/graph/mod.ts";
import { type ByteSource, openSource } from "../../../../src/io/mod.ts";
import {
  type DataType,
  readDense,
  referenceRange,
  type TensorReference,
} from "../../../../src/tensor/mod.ts";
import { attribute, floats, model, node, tensor, value } from "../_proto.ts";
import { modelOf, nodeOf } from "../_model.ts";

async function withFolder(use: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(join(folder, "a.onnx"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function filesBeside(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(dirname(path))) names.push(name);
  return names.sort();
}

/** Types, their ONNX numbers and the bytes of an element. */
const TYPES: readonly (readonly [DataType, number, number])[] = [
  ["float32", 1, 4],
  ["uint8", 2, 1],
  ["int8", 3, 1],
  ["uint16", 4, 2],
  ["int16", 5, 2],
  ["int32", 6, 4],
  ["int64", 7, 8],
  ["bool", 9, 1],
  ["float16", 10, 2],
  ["float64", 11, 8],
  ["uint32", 12, 4],
  ["uint64", 13, 8],
  ["bfloat16", 16, 2],
];

/** Joins an input and a constant of each type, and has all kinds of attributes. */
function everyType(elements: number): Uint8Array {
  const bytes = (width: number) => Uint8Array.from({ length: elements * width }, (_, i) => i % 2);
  const conv = node("Conv", ["image", "kernel"], ["conv"], {
    name: "conv",
    attributes: [
      attribute("pads", [1, 1, 1, 1]),
      attribute("auto_pad", "NOTSET"),
    ],
  });
  return model({
    nodes: [
      ...TYPES.map(([type]) =>
        node("Concat", [`x_${type}`, `w_${type}`], [`y_${type}`], {
          attributes: [attribute("axis", 0)],
        })
      ),
      conv,
      node("LeakyRelu", ["conv"], ["leaky"], { attributes: [attribute("alpha", { float: 0.1 })] }),
      node("Resize", ["leaky", "", "scales"], ["resized"], {
        attributes: [attribute("coordinate_transformation_mode", "asymmetric")],
      }),
    ],
    inputs: [
      ...TYPES.map(([type, number]) => value(`x_${type}`, [2], number)),
      value("image", [1, 1, 4, 4]),
    ],
    outputs: [...TYPES.map(([type]) => value(`y_${type}`, [2])), value("resized", [1, 1, 8, 8])],
    initializers: [
      ...TYPES.map(([type, number, width]) =>
        tensor(`w_${type}`, number, [elements], [9, bytes(width)])
      ),
      floats("kernel", [1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
      floats("scales", [4], [1, 1, 2, 2]),
    ],
  });
}

async function assertSameModel(found: Model, expected: Model): Promise<void> {
  assertEquals(found.name, expected.name);
  assertEquals(found.inputs, expected.inputs);
  assertEquals(found.outputs, expected.outputs);
  assertEquals(found.nodes, expected.nodes);
  assertEquals(found.values, expected.values);
  assertEquals([...found.initializers.keys()].sort(), [...expected.initializers.keys()].sort());
  for (const [name, reference] of expected.initializers) {
    const written = found.initializers.get(name);
    assert(written !== undefined);
    const [actual, wanted] = [await readDense(written), await readDense(reference)];
    assertEquals([actual.dtype, actual.shape], [wanted.dtype, wanted.shape], name);
    assert(wanted.data.every((element, index) => Object.is(element, actual.data[index])), name);
  }
}

Deno.test("writeOnnx() writes what openOnnx() reads back: graph, types and bytes", async () => {
  for (const elements of [3, 20_000]) {
    await withFolder(async (path) => {
      await using original = await openOnnx(await openSource(everyType(elements)));
      await writeOnnx(original, path);
      assertEquals(await filesBeside(path), ["a.onnx"]);
      await using written = await openOnnx(await openSource(path));
      await assertSameModel(written, original);
    });
  }
});

Deno.test("writeOnnx() gives large models a data file whose tensors begin at pages", async () => {
  await withFolder(async (path) => {
    await using original = await openOnnx(await openSource(everyType(150_000)));
    await writeOnnx(original, path, { externalDataBytes: 1_000_000 });
    assertEquals(await filesBeside(path), ["a.onnx", "a.onnx.data"]);
    assert((await Deno.stat(path)).size < 10_000);
    await using written = await openOnnx(await openSource(path));
    await assertSameModel(written, original);
    let outside = 0;
    for (const { name, storage } of written.initializers.values()) {
      if (storage.kind !== "range") continue;
      assertEquals(basename(storage.source.name), "a.onnx.data", name);
      assertEquals(storage.offset % (storage.byteLength >= 2 ** 20 ? 65536 : 4096), 0, name);
      outside++;
    }
    // Both 16-bit floats, both larger floats, and integers of 64 bits; the others are read at once.
    assertEquals(outside, 6);
  });
});

Deno.test("writeOnnx() keeps metadata in metadata_props", async () => {
  await withFolder(async (path) => {
    const bytes = model({
      nodes: [node("Relu", ["x"], ["y"])],
      inputs: [value("x", [1, 2])],
      outputs: [value("y", [1, 2])],
    });
    await using original = await openOnnx(await openSource(bytes));
    assertEquals(original.metadata, { format: "onnx", producer: "by hand 1.0" });
    const metadata = { modelVersion: "7b", copyright: "© us", quantizerCommand: "quantize a" };
    await writeOnnx({ ...original, metadata }, path);
    await using written = await openOnnx(await openSource(path));
    assertEquals(written.metadata, { ...metadata, format: "onnx", producer: "dlcstream" });
  });
});

Deno.test("writeOnnx() may replace the file that the model is read from", async () => {
  await withFolder(async (path) => {
    await Deno.writeFile(path, everyType(50_000));
    await using original = await openOnnx(await openSource(path));
    await writeOnnx(original, path);
    await using written = await openOnnx(await openSource(path));
    await assertSameModel(written, original);
  });
});

Deno.test("writeOnnx() reports progress and leaves nothing behind when it is aborted", async () => {
  await withFolder(async (path) => {
    await using original = await openOnnx(await openSource(everyType(50_000)));
    const steps: WriteProgress[] = [];
    await writeOnnx(original, path, { onProgress: (step) => steps.push(step) });
    const last = steps.at(-1);
    assertEquals(last?.done, last?.total);
    await Deno.remove(path);
    for (const externalDataBytes of [0, 2 ** 30]) {
      const abort = new AbortController();
      const reason = new DOMException("stopped", "AbortError");
      const promise = writeOnnx(original, path, {
        externalDataBytes,
        signal: abort.signal,
        onProgress: ({ done }) => done > 100_000 && abort.abort(reason),
      });
      assertEquals(await assertRejects(() => promise), reason);
      assertEquals(await filesBeside(path), []);
    }
  });
});

Deno.test("writeOnnx() names a folder that does not exist", async () => {
  await withFolder(async (path) => {
    const graph = modelOf({
      nodes: [nodeOf("Relu", ["x"], ["y"])],
      shapes: { x: [1, 2], y: [1, 2] },
    });
    const missing = join(dirname(path), "none", "a.onnx");
    const error = await assertRejects(() => writeOnnx(graph, missing)) as Error;
    assert(error.message.startsWith(`Cannot write "${missing}": `), error.message);
  });
});

/** A file of zeros that is not there. */
function zeros(byteLength: number): ByteSource {
  return {
    name: "zeros",
    byteLength,
    read: (target) => Promise.resolve(void target.fill(0)),
    openSibling: () => Promise.reject(new Error("none")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

Deno.test("writeOnnx() refuses more than 2 GiB in one file before it writes", async () => {
  const shape = [1024, 1024, 768];
  const weight: TensorReference = referenceRange({
    name: "w",
    dtype: "float32",
    shape,
    source: zeros(3 * 2 ** 30),
    offset: 0,
  });
  const graph = modelOf({
    nodes: [nodeOf("Add", ["x", "w"], ["y"])],
    shapes: { x: shape, y: shape },
    initializers: new Map([["w", weight]]),
  });
  await withFolder(async (path) => {
    const error = await assertRejects(
      () => writeOnnx(graph, path, { externalDataBytes: Infinity }),
      RangeError,
    );
    assertEquals(
      error.message,
      `Cannot write "${path}": the model would have 3221225604 bytes, an ONNX file has at most ` +
        "2147483647; lower externalDataBytes so that its tensors go to a file of their own",
    );
    assertEquals(await filesBeside(path), []);
  });
});

Deno.test("writeOnnx() leaves out the dilations of average pooling where they are 1", async () => {
  const pool = (dilations: readonly number[]) =>
    modelOf({
      nodes: [nodeOf("AveragePool", ["x"], ["y"], {
        kernel_shape: { type: "ints", value: [2, 2] },
        dilations: { type: "ints", value: dilations },
      })],
      shapes: { x: [1, 1, 4, 4], y: [1, 1, 3, 3] },
    });
  await withFolder(async (path) => {
    await writeOnnx(pool([1, 1]), path);
    const [without] = new TextDecoder().decode(await Deno.readFile(path)).match(/dilations/) ?? [];
    assertEquals(without, undefined);
    await writeOnnx(pool([2, 1]), path);
    const [kept] = new TextDecoder().decode(await Deno.readFile(path)).match(/dilations/) ?? [];
    assertEquals(kept, "dilations");
  });
});
