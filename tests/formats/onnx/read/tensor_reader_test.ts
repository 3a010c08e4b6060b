import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../../../src/errors.ts";
import { readTensorProto } from "../../../../src/formats/onnx/read/read_tensor_proto.ts";
import { TensorReader } from "../../../../src/formats/onnx/read/tensor_reader.ts";
import { openSource, readProtobufFields } from "../../../../src/io/mod.ts";
import { isHeld, readDense, type TensorReference } from "../../../../src/tensor/mod.ts";
import { type FieldValue, floats, message, tensor } from "../_proto.ts";

/** Reads the tensor that is field 1 of a message in memory. */
async function read(bytes: Uint8Array): Promise<TensorReference> {
  const source = await openSource(message([1, bytes]), { name: "a.onnx" });
  await using tensors = new TensorReader(source);
  const range = { offset: 0, byteLength: source.byteLength };
  for await (const field of readProtobufFields(source, range)) {
    const proto = await readTensorProto(field);
    return await tensors.reference(proto, proto.name);
  }
  throw new RangeError("no field");
}

const packed = (kind: "floats" | "doubles" | "varints", ...values: number[]): FieldValue => ({
  kind,
  values,
});

const raw = (...bytes: number[]): readonly [number, FieldValue] => [9, Uint8Array.from(bytes)];

Deno.test("TensorReader reads every element type from raw and typed data", async () => {
  const cases: readonly (readonly [string, Uint8Array, readonly (number | bigint)[]])[] = [
    ["float32", tensor("w", 1, [2], raw(0, 0, 128, 63, 0, 0, 0, 192)), [1, -2]],
    ["float32", tensor("w", 1, [2], [4, packed("floats", 1, -2)]), [1, -2]],
    ["float32", tensor("w", 1, [2], [4, { kind: "unpackedFloats", values: [1, -2] }]), [1, -2]],
    ["float64", tensor("w", 11, [1], raw(0, 0, 0, 0, 0, 0, 0xf0, 0x3f)), [1]],
    ["float64", tensor("w", 11, [2], [10, packed("doubles", 0.1, -2)]), [0.1, -2]],
    ["float16", tensor("w", 10, [2], raw(0, 0x3c, 0, 0xc0)), [0x3c00, 0xc000]],
    ["float16", tensor("w", 10, [2], [5, packed("varints", 0x3c00, 0xc000)]), [0x3c00, 0xc000]],
    ["bfloat16", tensor("w", 16, [1], raw(0x80, 0x3f)), [0x3f80]],
    ["bfloat16", tensor("w", 16, [1], [5, packed("varints", 0x3f80)]), [0x3f80]],
    ["int8", tensor("w", 3, [2], raw(255, 5)), [-1, 5]],
    ["int8", tensor("w", 3, [2], [5, packed("varints", -1, 5)]), [-1, 5]],
    ["uint8", tensor("w", 2, [2], [5, packed("varints", 255, 5)]), [255, 5]],
    ["int16", tensor("w", 5, [2], [5, packed("varints", -300, 5)]), [-300, 5]],
    ["uint16", tensor("w", 4, [1], [5, packed("varints", 65535)]), [65535]],
    ["int32", tensor("w", 6, [2], [5, packed("varints", -(2 ** 31), 7)]), [-(2 ** 31), 7]],
    ["int32", tensor("w", 6, [2], [5, { kind: "unpackedVarints", values: [-3, 7] }]), [-3, 7]],
    ["uint32", tensor("w", 12, [1], [11, packed("varints", 2 ** 32 - 1)]), [2 ** 32 - 1]],
    ["int64", tensor("w", 7, [2], [7, packed("varints", -1, 2 ** 40)]), [-1n, 2n ** 40n]],
    ["int64", tensor("w", 7, [1], raw(1, 0, 0, 0, 0, 0, 0, 128)), [-(2n ** 63n) + 1n]],
    ["uint64", tensor("w", 13, [1], [11, packed("varints", 2 ** 40)]), [2n ** 40n]],
    ["bool", tensor("w", 9, [3], raw(1, 0, 1)), [1, 0, 1]],
    ["bool", tensor("w", 9, [3], [5, packed("varints", 1, 0, 1)]), [1, 0, 1]],
    ["int4", tensor("w", 22, [3], raw(0xf1, 0x07)), [1, -1, 7]],
    ["int4", tensor("w", 22, [3], [5, packed("varints", 0xf1, 0x07)]), [1, -1, 7]],
    ["uint4", tensor("w", 21, [3], raw(0xf1, 0x07)), [1, 15, 7]],
  ];
  for (const [dtype, bytes, expected] of cases) {
    const reference = await read(bytes);
    assertEquals(reference.dtype, dtype);
    const dense = await readDense(reference);
    assertEquals([...dense.data], [...expected], dtype);
  }
});

Deno.test("TensorReader reads dimensions packed or not, scalars and empty tensors", async () => {
  const values = packed("varints", 1, 2);
  const dims = message([1, values], [2, 1], [9, new Uint8Array(8)], [8, "w"]);
  assertEquals((await read(dims)).shape, [1, 2]);
  const scalar = await read(tensor("w", 1, [], raw(0, 0, 128, 63)));
  assertEquals([scalar.shape, [...(await readDense(scalar)).data]], [[], [1]]);
  for (const empty of [tensor("w", 1, [0, 3]), tensor("w", 1, [0, 3], raw())]) {
    const reference = await read(empty);
    assertEquals([reference.shape, isHeld(reference)], [[0, 3], true]);
  }
});

Deno.test("TensorReader keeps small tensors in memory and of large ones the place", async () => {
  const small = await read(floats("w", [4096], Array(4096).fill(1)));
  const large = await read(floats("w", [4097], Array(4097).fill(1)));
  assertEquals([small.storage.kind, large.storage.kind], ["bytes", "range"]);
  const numbers = Array.from({ length: 100_000 }, (_, index) => index - 50_000);
  const integers = await read(tensor("w", 7, [100_000], [7, { kind: "varints", values: numbers }]));
  assertEquals(integers.storage.kind, "bytes");
  assertEquals((await readDense(integers)).data, BigInt64Array.from(numbers, BigInt));
  const many = numbers.concat(numbers);
  const varints = await read(tensor("w", 7, [200_000], [7, { kind: "varints", values: many }]));
  assertEquals(varints.storage.kind, "varints");
  assertEquals((await readDense(varints)).data, BigInt64Array.from(many, BigInt));
});

Deno.test("TensorReader gives back any float32 data, however it is stored", async () => {
  const bits = fc.uint32Array({ maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(bits, async (words) => {
      const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
      for (const field of [4, 9]) {
        const reference = await read(tensor("w", 1, [words.length], [field, bytes]));
        const { data } = await readDense(reference);
        assertEquals(new Uint32Array(data.buffer, data.byteOffset, data.length), words.slice());
      }
    }),
    { seed: 1, numRuns: 50 },
  );
});

Deno.test("TensorReader refuses unpacked data that is too long to gather", async () => {
  const values = Array(131_073).fill(0);
  const error = await assertRejects(
    () => read(tensor("w", 1, [131_073], [4, { kind: "unpackedFloats", values }])),
    FormatError,
  );
  assertEquals(
    error.message,
    'Cannot read "a.onnx": the tensor at byte 4 has more than 131072 elements in "float_data" that ' +
      'are not packed, expected packed elements or "raw_data"',
  );
});
