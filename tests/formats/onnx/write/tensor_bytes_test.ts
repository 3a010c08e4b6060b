import { assertEquals } from "@std/assert";
import { tensorBytes } from "../../../../src/formats/onnx/write/tensor_bytes.ts";
import { packInt4, referenceDense } from "../../../../src/tensor/mod.ts";

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of chunks) bytes.push(...chunk);
  return bytes;
}

Deno.test("tensorBytes() packs 4-bit integers across chunks of any size", async () => {
  for (const elements of [1, 2, 7, 30, 31]) {
    const data = Int8Array.from({ length: elements }, (_, index) => index % 16 - 8);
    const reference = referenceDense("w", { dtype: "int4", shape: [elements], data });
    for (const chunkBytes of [1, 2, 3, 5, 8, 1000]) {
      const { byteLength, stream } = tensorBytes(reference, { chunkBytes });
      const bytes = await collect(stream());
      assertEquals(bytes, [...packInt4(data)], `${elements} elements, ${chunkBytes} a chunk`);
      assertEquals(byteLength, bytes.length);
    }
  }
});

Deno.test("tensorBytes() gives the little-endian bytes of other types", async () => {
  const reference = referenceDense("w", {
    dtype: "int16",
    shape: [3],
    data: Int16Array.of(1, -2, 300),
  });
  const { byteLength, stream } = tensorBytes(reference);
  assertEquals(byteLength, 6);
  assertEquals(await collect(stream()), [1, 0, 254, 255, 44, 1]);
});
