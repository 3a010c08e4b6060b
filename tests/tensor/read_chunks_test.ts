import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FormatError, UnsupportedError } from "../../src/errors.ts";
import { MemorySource, type ReadOptions } from "../../src/io/mod.ts";
import { allocate } from "../../src/kernels/mod.ts";
import {
  countElements,
  type DataType,
  type Encoding,
  readChunks,
  readDense,
  referenceConcat,
  referenceDense,
  referenceRange,
  referenceVarints,
  type TensorData,
  type TensorReference,
  type View,
  viewTensor,
} from "../../src/tensor/mod.ts";
import { applyNaively, type NaiveTensor } from "./_naive_views.ts";

const SEED = 20260801;

function gridOf(bitwidth: number, scale: number, offset: number): Encoding {
  const max = scale * (offset + 2 ** bitwidth - 1);
  return { bitwidth, min: scale * offset, max, scale, offset, symmetric: false };
}

/** A random view that fits a tensor. */
function viewsFor({ dtype, shape }: NaiveTensor): fc.Arbitrary<View> {
  const axis = fc.nat(shape.length - 1);
  const choices: fc.Arbitrary<View>[] = [
    fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })
      .map((order) => ({ kind: "permute", order })),
    fc.constant({ kind: "reshape", shape: [...shape.slice(1), shape[0]!] }),
    fc.constant({ kind: "reshape", shape: [shape[0]!, countElements(shape.slice(1))] }),
    axis.chain((axis) =>
      fc.tuple(fc.nat(shape[axis]! - 1), fc.nat(shape[axis]! - 1)).map(([a, b]) => ({
        kind: "slice",
        axis,
        start: Math.min(a, b),
        end: Math.max(a, b) + 1,
      }))
    ),
  ];
  const grid = fc.option(axis, { nil: undefined }).chain((axis) =>
    fc.array(
      fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: -15, max: 0 })),
      {
        minLength: axis === undefined ? 1 : shape[axis]!,
        maxLength: axis === undefined ? 1 : shape[axis]!,
      },
    ).map((grids) => ({ axis, grids }))
  );
  if (dtype === "float32") {
    choices.push(
      axis.chain((axis) =>
        fc.array(fc.double({ min: -4, max: 4, noNaN: true }), {
          minLength: shape[axis]!,
          maxLength: shape[axis]!,
        }).map((factors) => ({ kind: "scale", axis, factors: new Float64Array(factors) }))
      ),
      fc.tuple(
        grid,
        fc.constantFrom<[DataType, number]>(
          ["uint8", 8],
          ["int8", 8],
          ["uint4", 4],
          ["int4", 4],
          ["int8", 4],
          ["uint16", 16],
          ["int16", 16],
          ["int32", 32],
        ),
      ).map(([{ axis, grids }, [target, bitwidth]]) => ({
        kind: "quantize",
        dtype: target,
        encoding: {
          ...(axis === undefined ? {} : { axis }),
          encodings: grids.map(([step, offset]) => gridOf(bitwidth, step / 16, offset)),
        },
      })),
    );
  } else {
    const bitwidth = { int4: 4, uint4: 4, int8: 8, uint8: 8, int16: 16, uint16: 16, int32: 32 }[
      dtype as "int8"
    ];
    choices.push(grid.map(({ axis, grids }) => ({
      kind: "dequantize",
      encoding: {
        ...(axis === undefined ? {} : { axis }),
        encodings: grids.map(([step, offset]) => gridOf(bitwidth, step / 16, offset)),
      },
    })));
  }
  return fc.oneof(...choices);
}

/** A tensor, views on it, and what they come to. */
const VIEWED = fc.tuple(
  fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
  fc.integer(),
  fc.nat(5),
  fc.func(fc.nat()),
).chain(([shape, seed, length]) => {
  const values = Array.from(
    { length: countElements(shape) },
    (_, index) => Math.fround(Math.sin(seed + index * 12.9898) * 8),
  );
  const start: NaiveTensor = { dtype: "float32", shape, values };
  let chain: fc.Arbitrary<{ views: View[]; result: NaiveTensor }> = fc.constant({
    views: [],
    result: start,
  });
  for (let count = 0; count < length; count++) {
    chain = chain.chain(({ views, result }) =>
      viewsFor(result).map((view) => ({
        views: [...views, view],
        result: applyNaively(result, view),
      }))
    );
  }
  return chain.map((end) => ({ start, ...end }));
});

function describe(start: NaiveTensor, views: readonly View[]): TensorReference {
  const data = new Float32Array(start.values);
  const source = new MemorySource(new Uint8Array(data.buffer), "random.bin");
  const stored = referenceRange({ ...start, name: "w", source, offset: 0 });
  return views.reduce(viewTensor, stored);
}

Deno.test("readChunks() streams what views applied to the whole tensor give", async () => {
  await fc.assert(
    fc.asyncProperty(
      VIEWED,
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom(64, 300, 1 << 20),
      async ({ start, views, result }, chunkBytes, memoryLimit) => {
        const reference = describe(start, views);
        assertEquals(reference.dtype, result.dtype);
        assertEquals([...reference.shape], [...result.shape]);
        const values: number[] = [];
        for await (const chunk of readChunks(reference, { chunkBytes, memoryLimit })) {
          assertEquals(chunk.offset, values.length);
          assert(chunk.data.length > 0);
          for (const value of chunk.data) values.push(Number(value) + 0);
        }
        // Merged scales round once instead of twice.
        for (const [index, value] of result.values.entries()) {
          const difference = Math.abs(value - values[index]!);
          const step = result.dtype === "float32" ? 1e-5 * Math.abs(value) + 1e-30 : 1;
          assert(difference <= step, `${values[index]} at ${index}, expected ${value}`);
        }
        assertEquals(values.length, result.values.length);
      },
    ),
    { seed: SEED, numRuns: 400 },
  );
});

/** All elements of a tensor read in chunks of so many bytes. */
async function readAll(
  reference: TensorReference,
  chunkBytes: number,
  memoryLimit = 1 << 20,
): Promise<(number | bigint)[]> {
  const values: (number | bigint)[] = [];
  for await (const chunk of readChunks(reference, { chunkBytes, memoryLimit })) {
    assertEquals(chunk.offset, values.length);
    for (const value of chunk.data) values.push(value);
  }
  return values;
}

Deno.test("readChunks() reads every element type as it is stored", async () => {
  const cases: [DataType, TensorData][] = [
    ["float32", new Float32Array([1.5, -0, NaN, Infinity, 3])],
    ["float64", new Float64Array([1e300, -2, 5, 6, 7])],
    ["float16", new Uint16Array([0x3c00, 0xffff, 1, 2, 3])],
    ["bfloat16", new Uint16Array([0x3f80, 4, 5, 6, 7])],
    ["int8", new Int8Array([-128, 127, 0, 1, 2])],
    ["uint8", new Uint8Array([255, 1, 2, 3, 4])],
    ["bool", new Uint8Array([0, 1, 1, 0, 1])],
    ["int16", new Int16Array([-32768, 1, 2, 3, 4])],
    ["uint16", new Uint16Array([65535, 1, 2, 3, 4])],
    ["int32", new Int32Array([-(2 ** 31), 1, 2, 3, 4])],
    ["uint32", new Uint32Array([2 ** 32 - 1, 1, 2, 3, 4])],
    ["int64", new BigInt64Array([-(2n ** 63n), 1n, 2n, 3n, 4n])],
    ["uint64", new BigUint64Array([2n ** 64n - 1n, 1n, 2n, 3n, 4n])],
    ["int4", new Int8Array([-8, 7, -1, 0, 3])],
    ["uint4", new Uint8Array([15, 0, 8, 7, 3])],
  ];
  for (const [dtype, data] of cases) {
    const reference = referenceDense("t", { dtype, shape: [5], data });
    for (const chunkBytes of [1, 3, 8, 17, 1000]) {
      assertEquals(await readAll(reference, chunkBytes), [...data], dtype);
    }
  }
});

Deno.test("readChunks() of a tensor without elements gives no chunk", async () => {
  const data = new Float32Array(0);
  assertEquals(
    await readAll(referenceDense("t", { dtype: "float32", shape: [0, 3], data }), 8),
    [],
  );
});

Deno.test("readChunks() of a scalar gives one element", async () => {
  const data = new Float32Array([7]);
  assertEquals(await readAll(referenceDense("t", { dtype: "float32", shape: [], data }), 8), [7]);
});

Deno.test("readChunks() slices 4-bit integers within bytes", async () => {
  const values = Int8Array.from({ length: 35 }, (_, index) => index % 16 - 8);
  const stored = referenceDense("t", { dtype: "int4", shape: [5, 7], data: values });
  const rows = viewTensor(stored, { kind: "slice", axis: 0, start: 1, end: 4 });
  const part = viewTensor(rows, { kind: "slice", axis: 1, start: 2, end: 5 });
  const expected = [1, 2, 3].flatMap((row) => [2, 3, 4].map((column) => values[7 * row + column]!));
  for (const chunkBytes of [1, 2, 3, 5, 100]) {
    assertEquals(await readAll(rows, chunkBytes), [...values.subarray(7, 28)]);
    assertEquals(await readAll(part, chunkBytes), expected);
  }
});

/** A source that notes what is read, and can hold reads back. */
class WatchedSource extends MemorySource {
  readonly reads: [position: number, byteLength: number][] = [];
  hold: Promise<void> = Promise.resolve();
  override async read(target: Uint8Array, position: number, options?: ReadOptions): Promise<void> {
    this.reads.push([position, target.length]);
    await this.hold;
    await super.read(target, position, options);
  }
}

function watch(shape: number[]): { source: WatchedSource; stored: TensorReference } {
  const data = Float32Array.from({ length: countElements(shape) }, (_, index) => index);
  const source = new WatchedSource(new Uint8Array(data.buffer), "w.bin");
  const stored = referenceRange({ name: "w", dtype: "float32", shape, source, offset: 0 });
  return { source, stored };
}

Deno.test("readChunks() fetches the next chunk while the consumer has the current one", async () => {
  const { source, stored } = watch([12]);
  const chunks = readChunks(stored, { chunkBytes: 16 });
  const first = await chunks.next();
  assertEquals(source.reads, [[0, 16], [16, 16]]);
  assertEquals([...(first.value?.data ?? [])], [0, 1, 2, 3]);
  const second = await chunks.next();
  assertEquals([...(second.value?.data ?? [])], [4, 5, 6, 7]);
  assertEquals(source.reads.length, 3);
  await chunks.next();
  assertEquals((await chunks.next()).done, true);
  assertEquals(source.reads.length, 3);
});

Deno.test("readChunks() of a slice reads only what is kept", async () => {
  const { source, stored } = watch([100, 10_000]);
  const rows = viewTensor(stored, { kind: "slice", axis: 0, start: 40, end: 42 });
  assertEquals((await readAll(rows, 1 << 20))[0], 400_000);
  assertEquals(source.reads.reduce((sum, [, bytes]) => sum + bytes, 0), 80_000);
  source.reads.length = 0;
  // Far apart: run by run.
  const wide = viewTensor(stored, { kind: "reshape", shape: [10, 100_000] });
  const columns = viewTensor(wide, { kind: "slice", axis: 1, start: 5, end: 8 });
  assertEquals((await readAll(columns, 1 << 20)).slice(0, 4), [5, 6, 7, 100_005]);
  assertEquals(source.reads.reduce((sum, [, bytes]) => sum + bytes, 0), 120);
});

Deno.test("readChunks() works on what a slice keeps, also of views before it", async () => {
  const { source, stored } = watch([100, 10]);
  const factors = Float64Array.from({ length: 100 }, (_, index) => index);
  const scaled = viewTensor(stored, { kind: "scale", axis: 0, factors });
  const turned = viewTensor(scaled, { kind: "permute", order: [1, 0] });
  const part = viewTensor(turned, { kind: "slice", axis: 1, start: 7, end: 8 });
  const expected = Array.from({ length: 10 }, (_, column) => 7 * (70 + column));
  assertEquals(await readAll(part, 1000), expected);
  assertEquals(source.reads, [[280, 40]]);
});

Deno.test("readChunks() gives its buffers back when the loop is left", async () => {
  const { stored } = watch([1 << 20]);
  for (let count = 0; count < 400; count++) {
    for await (const _ of readChunks(stored, { chunkBytes: 2 ** 20 })) break;
    await assertRejects(
      async () => {
        for await (const _ of readChunks(stored, { chunkBytes: 2 ** 20 })) throw new Error("stop");
      },
      Error,
      "stop",
    );
  }
  allocate(900 * 2 ** 20)[Symbol.dispose]();
});

Deno.test("readChunks() waits for a read in flight before it gives its buffers back", async () => {
  const { source, stored } = watch([12]);
  const { promise, resolve } = Promise.withResolvers<void>();
  const chunks = readChunks(stored, { chunkBytes: 16 });
  await chunks.next();
  source.hold = promise;
  await chunks.next();
  let left = false;
  const leaving = chunks.return(undefined).then(() => left = true);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  assertEquals(left, false);
  resolve();
  await leaving;
});

Deno.test("readChunks() ends with the reason of its signal", async () => {
  const { stored } = watch([12]);
  const controller = new AbortController();
  let chunks = 0;
  await assertRejects(
    async () => {
      for await (const _ of readChunks(stored, { chunkBytes: 16, signal: controller.signal })) {
        chunks++;
        controller.abort(new Error("enough"));
      }
    },
    Error,
    "enough",
  );
  assertEquals(chunks, 1);
});

Deno.test("readChunks() passes on that the file ends early", async () => {
  const { stored } = watch([12]);
  const source = new MemorySource(new Uint8Array(40), "short.bin");
  const storage = { kind: "range", source, offset: 0, byteLength: 48 } as const;
  await assertRejects(
    () => readAll({ ...stored, storage }, 16),
    FormatError,
    'Cannot read 16 bytes at byte 32 of "short.bin": it has 40 bytes',
  );
});

Deno.test("readChunks() joins tensors along any axis", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }),
      fc.nat(2),
      fc.integer({ min: 1, max: 60 }),
      async (shape, lengths, place, chunkBytes) => {
        const axis = place % shape.length;
        const joined = shape.with(axis, lengths.reduce((sum, length) => sum + length, 0));
        const whole = Float32Array.from({ length: countElements(joined) }, (_, index) => index);
        const all = referenceDense("all", { dtype: "float32", shape: joined, data: whole });
        let start = 0;
        const parts: TensorReference[] = [];
        for (const length of lengths) {
          const view: View = { kind: "slice", axis, start, end: start += length };
          parts.push(referenceDense("part", await readDense(viewTensor(all, view))));
        }
        const result = referenceConcat("joined", parts, axis);
        assertEquals(result.shape, joined);
        assertEquals(await readAll(result, chunkBytes), [...whole]);
      },
    ),
    { seed: SEED, numRuns: 150 },
  );
});

Deno.test("readChunks() permutes through a file as it does in memory", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 5 }).chain((shape) =>
        fc.tuple(
          fc.constant(shape),
          fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
        )
      ),
      fc.constantFrom<DataType>("uint8", "uint16", "float32", "float64"),
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 60 }),
      async ([shape, order], dtype, chunkBytes, pieces) => {
        const elements = countElements(shape);
        const memoryLimit = Math.ceil(16 * elements / pieces);
        const data = {
          uint8: new Uint8Array(elements),
          uint16: new Uint16Array(elements),
          float32: new Float32Array(elements),
          float64: new Float64Array(elements),
        }[dtype as "uint8"];
        for (let index = 0; index < elements; index++) data[index] = index;
        const stored = referenceDense("t", { dtype, shape, data });
        const permuted = viewTensor(stored, { kind: "permute", order });
        const values = await readAll(permuted, chunkBytes, memoryLimit);
        assertEquals(values, await readAll(permuted, chunkBytes, 1 << 26));
      },
    ),
    { seed: SEED, numRuns: 120 },
  );
});

Deno.test("readChunks() writes a spill file only where memory does not do", async () => {
  const { stored } = watch([64, 64]);
  const permuted = viewTensor(stored, { kind: "permute", order: [1, 0] });
  const tempDirectory = "none/such";
  const options = { chunkBytes: 1024, tempDirectory };
  for await (const _ of readChunks(permuted, { ...options, memoryLimit: 4 * 64 * 64 * 4 }));
  await assertRejects(
    async () => {
      for await (const _ of readChunks(permuted, { ...options, memoryLimit: 64 * 64 * 4 }));
    },
    Error,
    'Cannot write "none/such/*.spill": its folder does not exist',
  );
  // Where the first axis stays, one row at a time is enough.
  const shaped = viewTensor(stored, { kind: "reshape", shape: [64, 8, 8] });
  const rows = viewTensor(shaped, { kind: "permute", order: [0, 2, 1] });
  for await (const _ of readChunks(rows, { ...options, memoryLimit: 64 * 16 }));
});

Deno.test("readChunks() refuses permutations of more axes than kernels know", async () => {
  const shape = Array<number>(10).fill(2);
  const data = new Uint8Array(1024);
  const stored = referenceDense("t", { dtype: "uint8", shape, data });
  const order = [1, 0, 3, 2, 5, 4, 7, 6, 9, 8];
  await assertRejects(
    () => readAll(viewTensor(stored, { kind: "permute", order }), 100),
    UnsupportedError,
    'Cannot permute tensor "t": 10 axes change places, at most 8 are supported',
  );
});

/** Encodes numbers as packed varints. */
function varintsOf(values: readonly bigint[]): Uint8Array {
  const bytes: number[] = [];
  for (const value of values) {
    let rest = BigInt.asUintN(64, value);
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
  }
  return Uint8Array.from(bytes);
}

function describeVarints(dtype: DataType, shape: number[], values: bigint[]): TensorReference {
  const bytes = varintsOf(values);
  const source = new MemorySource(bytes, "m.onnx");
  return referenceVarints({
    name: "v",
    dtype,
    shape,
    source,
    offset: 0,
    byteLength: bytes.length,
  });
}

Deno.test("readChunks() decodes varints of every type that ONNX stores so", async () => {
  const cases: [DataType, bigint[], (number | bigint)[]][] = [
    ["int32", [-1n, 2147483647n, -2147483648n, 0n], [-1, 2147483647, -2147483648, 0]],
    ["int16", [-32768n, 32767n], [-32768, 32767]],
    ["uint16", [65535n, 0n], [65535, 0]],
    ["int8", [-128n, 127n], [-128, 127]],
    ["uint8", [255n, 0n], [255, 0]],
    ["bool", [1n, 0n], [1, 0]],
    ["float16", [0x3c00n], [0x3c00]],
    ["bfloat16", [0x3f80n], [0x3f80]],
    ["uint32", [4294967295n], [4294967295]],
    ["int64", [-(2n ** 63n), 5n], [-(2n ** 63n), 5n]],
    ["uint64", [2n ** 64n - 1n, 5n], [2n ** 64n - 1n, 5n]],
  ];
  for (const [dtype, stored, expected] of cases) {
    const reference = describeVarints(dtype, [expected.length], stored);
    for (const chunkBytes of [1, 16, 1000]) {
      assertEquals(await readAll(reference, chunkBytes), expected, dtype);
    }
  }
});

Deno.test("readChunks() decodes two 4-bit integers from a varint", async () => {
  for (const chunkBytes of [8, 24, 1000]) {
    const signed = describeVarints("int4", [5], [0x7fn, 0x80n, 0x05n]);
    assertEquals(await readAll(signed, chunkBytes), [-1, 7, 0, -8, 5]);
    const unsigned = describeVarints("uint4", [4], [0x7fn, 0x80n]);
    assertEquals(await readAll(unsigned, chunkBytes), [15, 7, 0, 8]);
  }
});

Deno.test("readChunks() slices varints by decoding what comes before", async () => {
  const values = Array.from({ length: 40 }, (_, index) => BigInt(index * 100 - 2000));
  const stored = describeVarints("int32", [4, 10], values);
  const part = viewTensor(stored, { kind: "slice", axis: 1, start: 8, end: 10 });
  const expected = [0, 1, 2, 3].flatMap((row) =>
    [8, 9].map((column) => row * 1000 + column * 100 - 2000)
  );
  for (const chunkBytes of [8, 24, 1000]) {
    assertEquals(await readAll(part, chunkBytes), expected);
  }
});

Deno.test("readChunks() refuses varints that are no value of the type, or too many", async () => {
  await assertRejects(
    () => readAll(describeVarints("int8", [2], [1n, 200n]), 8),
    FormatError,
    'Cannot read packed varints of "m.onnx": varint 1 from byte 0 on is 200, which is no int8',
  );
  await assertRejects(
    () => readAll(describeVarints("int32", [2], [1n, 2n ** 32n + 5n]), 100),
    FormatError,
    "varint 1 from byte 0 on is 4294967301, which is no int32",
  );
  await assertRejects(
    () => readAll(describeVarints("int32", [2], [1n, 2n, 3n]), 100),
    FormatError,
    'Cannot read packed varints of "m.onnx": 1 bytes follow the 2 elements expected',
  );
  await assertRejects(
    () => readAll(describeVarints("int32", [2], [300n]), 100),
    FormatError,
    'Cannot read packed varints of "m.onnx": found no varint at byte 2, expected another element',
  );
});

Deno.test("readChunks() decodes what it encodes to within half a step", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<[DataType, number]>(["uint8", 8], ["int8", 8], ["int16", 16], ["uint4", 4]),
      fc.double({ min: 1e-3, max: 10, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 50 }),
      async ([dtype, bitwidth], scale, part, places) => {
        const top = 2 ** bitwidth - 1;
        const grid = gridOf(bitwidth, scale, -Math.round(part * top));
        const data = Float32Array.from(places, (at) => grid.min + at * (grid.max - grid.min));
        const stored = referenceDense("t", { dtype: "float32", shape: [data.length], data });
        const encoding = { encodings: [grid] };
        const codes = viewTensor(stored, { kind: "quantize", encoding, dtype });
        const decoded = await readDense(viewTensor(codes, { kind: "dequantize", encoding }));
        for (const [index, value] of data.entries()) {
          const error = Math.abs(value - Number(decoded.data[index]));
          const float32Step = 2 ** -23 * Math.max(Math.abs(grid.min), Math.abs(grid.max));
          assert(error <= scale / 2 + float32Step, `${value} became ${decoded.data[index]}`);
        }
      },
    ),
    { seed: SEED, numRuns: 200 },
  );
});

Deno.test("readChunks() gives the documented codes of the default quantizer", async () => {
  // quantization reference 1.5: inputs -1.8, -1.0, 0, 0.5.
  const data = new Float32Array([-1.8, -1, 0, 0.5]);
  const stored = referenceDense("t", { dtype: "float32", shape: [4], data });
  const encoding = { encodings: [gridOf(8, 2.3 / 255, -200)] };
  const codes = viewTensor(stored, { kind: "quantize", encoding, dtype: "uint8" });
  assertEquals(await readAll(codes, 8), [0, 89, 200, 255]);
  const signed = viewTensor(stored, { kind: "quantize", encoding, dtype: "int8" });
  assertEquals(await readAll(signed, 8), [-128, -39, 72, 127]);
  const decoded = await readDense(viewTensor(codes, { kind: "dequantize", encoding }));
  const expected = [-1.80392157, -1.00117647, 0, 0.49607843];
  for (const [index, value] of expected.entries()) {
    assert(Math.abs(Number(decoded.data[index]) - value) < 1e-7);
  }
});

Deno.test("readChunks() quantizes a bias to int32 with offset -2^31", async () => {
  const scale = 1 / 1024;
  const data = new Float32Array([0, 1, -1, 0.25, 3e6, -3e6]);
  const stored = referenceDense("bias", { dtype: "float32", shape: [6], data });
  const encoding = { encodings: [gridOf(32, scale, -(2 ** 31))] };
  const codes = viewTensor(stored, { kind: "quantize", encoding, dtype: "int32" });
  const top = 2 ** 31 - 1;
  assertEquals(await readAll(codes, 8), [0, 1024, -1024, 256, top, -top - 1]);
});
