import { assertEquals, assertThrows } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import { MemorySource } from "../../src/io/mod.ts";
import {
  type DataType,
  isHeld,
  readDense,
  referenceConcat,
  referenceDense,
  referenceRange,
  referenceVarints,
  viewTensor,
} from "../../src/tensor/mod.ts";

const source = new MemorySource(new Uint8Array(100), "m.onnx");

function range(shape: number[], offset: number, byteLength?: number, dtype: DataType = "float32") {
  const stored = { name: "w", dtype, shape, source, offset };
  return referenceRange(byteLength === undefined ? stored : { ...stored, byteLength });
}

Deno.test("referenceRange() describes elements in a file", () => {
  const reference = range([5, 5], 0, 100);
  assertEquals(reference, {
    name: "w",
    dtype: "float32",
    shape: [5, 5],
    storedDtype: "float32",
    storedShape: [5, 5],
    storage: { kind: "range", source, offset: 0, byteLength: 100 },
    views: [],
  });
  assertEquals(range([3], 98, undefined, "int4").storage, {
    kind: "range",
    source,
    offset: 98,
    byteLength: 2,
  });
  range([0], 100);
});

Deno.test("referenceRange() refuses a length that does not fit dtype and shape", () => {
  const error = assertThrows(
    () => range([5], 0, 19),
    FormatError,
    'Cannot read tensor "w" of "m.onnx": float32 of shape [5] takes 20 bytes, the file states 19',
  );
  assertEquals([error.file, error.expected, error.found], ["m.onnx", "20 bytes", "19 bytes"]);
});

Deno.test("referenceRange() refuses what leaves the file", () => {
  for (const offset of [84, -4, NaN, 0.5, 2 ** 60]) {
    assertThrows(
      () => range([5], offset),
      FormatError,
      `Cannot read tensor "w" of "m.onnx": it takes 20 bytes from byte ${offset} on, the file has 100`,
    );
  }
});

Deno.test("referenceRange() refuses impossible shapes", () => {
  for (const shape of [[-1], [0.5], [2 ** 30, 2 ** 30], [NaN], [Infinity], [0, 2 ** 70]]) {
    assertThrows(
      () => range(shape, 0),
      FormatError,
      `Cannot read tensor "w" of "m.onnx": the shape is [${shape}], expected integers >= 0 whose product is below 2^50`,
    );
  }
});

Deno.test("referenceVarints() refuses lengths that cannot hold the elements", () => {
  const stored = { name: "w", dtype: "int32", source, offset: 0 } as const;
  for (const [elements, byteLength] of [[5, 4], [5, 51], [0, 1]] as const) {
    assertThrows(
      () => referenceVarints({ ...stored, shape: [elements], byteLength }),
      FormatError,
      `Cannot read tensor "w" of "m.onnx": ${byteLength} bytes cannot hold ${elements} varints, which int32 of shape [${elements}] takes`,
    );
  }
  assertThrows(
    () => referenceVarints({ ...stored, shape: [60], byteLength: 101 }),
    FormatError,
    "it takes 101 bytes from byte 0 on, the file has 100",
  );
  referenceVarints({ ...stored, dtype: "int4", shape: [5], byteLength: 3 });
});

Deno.test("referenceDense() refuses data of another length or kind", () => {
  const dense = { dtype: "float16", shape: [3] } as const;
  assertThrows(
    () => referenceDense("t", { ...dense, data: new Uint16Array(2) }),
    RangeError,
    'Cannot describe tensor "t": float16 of shape [3] has 3 elements, its data is Uint16Array of length 2',
  );
  assertThrows(
    () => referenceDense("t", { ...dense, data: new Float32Array(3) }),
    RangeError,
    "its data is Float32Array of length 3",
  );
});

Deno.test("referenceDense() does not copy, and views a part of an array", async () => {
  const all = new Float32Array([0, 1, 2, 3, 4]);
  const data = all.subarray(1, 4);
  const reference = referenceDense("t", { dtype: "float32", shape: [3], data });
  all[2] = 20;
  assertEquals((await readDense(reference)).data, new Float32Array([1, 20, 3]));
});

Deno.test("referenceConcat() refuses tensors that do not fit together", () => {
  const first = range([2, 3], 0);
  assertThrows(
    () => referenceConcat("c", [], 0),
    RangeError,
    'Cannot join "c": there are 0 tensors and the axis is 0',
  );
  assertThrows(() => referenceConcat("c", [first], 2), RangeError, "and the axis is 2");
  for (const other of [range([2, 4], 0), range([2, 3, 1], 0), range([2, 3], 0, 6, "int8")]) {
    assertThrows(
      () => referenceConcat("c", [first, other], 0),
      RangeError,
      `Cannot join "c" along axis 0: "w" is float32 of shape [2,3], "w" is ${other.dtype} of shape [${other.shape}]`,
    );
  }
});

Deno.test("isHeld() tells whether reading needs a file", () => {
  const held = referenceDense("t", {
    dtype: "float32",
    shape: [2, 3],
    data: new Float32Array(6),
  });
  assertEquals(isHeld(held), true);
  assertEquals(isHeld(viewTensor(held, { kind: "permute", order: [1, 0] })), true);
  assertEquals(isHeld(range([2, 3], 0)), false);
  assertEquals(isHeld(referenceConcat("c", [held, held], 0)), true);
  assertEquals(isHeld(referenceConcat("c", [held, range([2, 3], 0)], 0)), false);
});
