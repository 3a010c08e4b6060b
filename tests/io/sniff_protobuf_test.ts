import { assertEquals } from "@std/assert";
import { sniffProtobuf } from "../../src/io/mod.ts";
import { BinaryWriter } from "./_protobuf_writer.ts";

Deno.test("sniffProtobuf() walks fields as far as the bytes go", () => {
  const bytes = new BinaryWriter().uint32(1 << 3 | 2).string("abc").uint32(2 << 3).uint32(300)
    .uint32(3 << 3 | 5).float(1).uint32(4 << 3 | 1).double(1).uint32(100 << 3 | 2).string("defgh")
    .finish();
  const fields = [...sniffProtobuf(bytes.subarray(0, bytes.length - 2))];
  assertEquals(fields.map(({ number, wireType, payload }) => [number, wireType, payload.length]), [
    [1, 2, 3],
    [2, 0, 2],
    [3, 5, 4],
    [4, 1, 8],
    [100, 2, 3],
  ]);
});

Deno.test("sniffProtobuf() stops where there is no field", () => {
  for (const bytes of [[], [0], [0x0b], [0xff, 0xff], new Array(12).fill(0x80)]) {
    assertEquals([...sniffProtobuf(Uint8Array.from(bytes))], []);
  }
});
