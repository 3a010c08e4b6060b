import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FormatError } from "../../src/errors.ts";
import { MemorySource, PackedVarints } from "../../src/io/mod.ts";
import { BinaryWriter } from "./_protobuf_writer.ts";

function open(bytes: Uint8Array): PackedVarints {
  const source = new MemorySource(bytes, "m.onnx");
  return new PackedVarints(source, { offset: 0, byteLength: bytes.length });
}

Deno.test("PackedVarints.read() decodes all of 64 bits in pieces of any size", async () => {
  const number = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt(0n, 300n),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(number, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      async (numbers, step) => {
        const writer = new BinaryWriter();
        for (const value of numbers) writer.int64(value);
        const varints = open(writer.finish());
        const result: bigint[] = [];
        while (result.length < numbers.length) {
          const piece = new BigInt64Array(Math.min(step, numbers.length - result.length));
          await varints.read(piece);
          result.push(...piece);
        }
        assertEquals(result, numbers);
        assertEquals(varints.remaining, 0);
      },
    ),
    { seed: 2, numRuns: 200 },
  );
});

Deno.test("PackedVarints.read() decodes more than one block", async () => {
  const writer = new BinaryWriter();
  const numbers = Array.from({ length: 60_000 }, (_, index) => index * 77 - (index % 2) * 9e6);
  for (const value of numbers) writer.int64(value);
  const result = new BigInt64Array(numbers.length);
  await open(writer.finish()).read(result);
  assertEquals(Array.from(result, Number), numbers);
});

Deno.test("PackedVarints.read() refuses what ends early or is too long", async () => {
  const cases: [number[], number, string][] = [
    [[1, 2], 3, "found no varint at byte 2"],
    [[1, 0x80], 2, "found no varint at byte 1"],
    [[1, ...Array(10).fill(0x80), 1], 2, "found a varint of more than 64 bits at byte 1"],
    [[1, ...Array(9).fill(0xff), 2], 2, "found a varint of more than 64 bits at byte 1"],
  ];
  for (const [bytes, count, problem] of cases) {
    await assertRejects(
      () => open(Uint8Array.from(bytes)).read(new BigInt64Array(count)),
      FormatError,
      `Cannot read packed varints of "m.onnx": ${problem}, expected another element`,
    );
  }
});
