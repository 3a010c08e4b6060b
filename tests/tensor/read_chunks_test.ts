import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../src/errors.ts";
import { MemorySource, type ReadOptions } from "../../src/io/mod.ts";
import {
  countElements,
  type DataType,
  type Encoding,
  packInt4,
  readChunks,
  readDense,
  referenceConcat,
  referenceDense,
  referenceRange,
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
