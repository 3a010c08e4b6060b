import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { crc32 } from "node:zlib";
import type { ByteSource } from "../../../../src/io/mod.ts";
import {
  ArchiveWriter,
  QAIRT_STYLE,
  readArchive,
  SNPE_STYLE,
} from "../../../../src/formats/dlc/zip/mod.ts";
import { MemoryOutput } from "../_memory_output.ts";
import { openBytes, writeArchive } from "./_archives.ts";

/** Members of real v3 files, and what their headers begin with. */
const SAMPLE = {
  "dlc.metadata": new TextEncoder().encode("a=b\n"),
  model: new Uint8Array(5).fill(7),
};

Deno.test("ArchiveWriter writes the bytes that APPNOTE prescribes for ZIP64", async () => {
  const bytes = await writeArchive({ m: new Uint8Array([1, 2, 3]) });
  const local = "504b0304 2d00 0000 0000 0000 2100 1d80bc55 ffffffff ffffffff 0100 1400" +
    "6d 0100 1000 0300000000000000 0300000000000000";
  const central = "504b0102 2d00 2d00 0000 0000 0000 2100 1d80bc55 ffffffff ffffffff 0100 1c00" +
    "0000 0000 0000 00000000 ffffffff" +
    "6d 0100 1800 0300000000000000 0300000000000000 0000000000000000";
  const end64 = "504b0606 2c00000000000000 2d00 2d00 00000000 00000000 0100000000000000" +
    "0100000000000000 4b00000000000000 3600000000000000";
  const locator = "504b0607 00000000 8100000000000000 01000000";
  const end = "504b0506 0000 0000 0100 0100 4b000000 ffffffff 0000";
  const expected = [local, "010203", central, end64, locator, end].join("").replaceAll(" ", "");
  assertEquals(bytes.toHex(), expected);
});

Deno.test("ArchiveWriter pads in QAIRT's style so that content is aligned to 64", async () => {
  const bytes = await writeArchive({ "model.params.bin": new Uint8Array(3), ...SAMPLE }, "qairt");
  const source = await openBytes(bytes);
  for (const member of (await readArchive(source)).values()) assertEquals(member.offset % 64, 0);
  // The local ZIP64 field: sizes, offset 0, disk 0, length of the padding, padding.
  const view = new DataView(bytes.buffer);
  const fieldStart = 30 + 16;
  assertEquals(view.getUint16(fieldStart, true), 1);
  assertEquals(view.getUint32(fieldStart + 32, true), view.getUint16(fieldStart + 2, true) - 32);
});

Deno.test("ArchiveWriter writes what readArchive reads, for any members and both styles", async () => {
  const members = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.uint8Array());
  await fc.assert(
    fc.asyncProperty(members, fc.constantFrom("snpe", "qairt"), async (content, style) => {
      const source = await openBytes(await writeArchive(content, style));
      const read = await readArchive(source);
      assertEquals([...read.keys()].toSorted(), Object.keys(content).toSorted());
      for (const [name, member] of read) {
        const bytes = new Uint8Array(member.byteLength);
        await source.read(bytes, member.offset);
        assertEquals(bytes, Uint8Array.from(content[name] ?? []));
        assertEquals(member.crc32, crc32(bytes));
      }
    }),
    { seed: 1, numRuns: 60 },
  );
});

Deno.test("ArchiveWriter places members beyond 4 GiB, and readArchive finds them", async () => {
  const output = new MemoryOutput();
  const archive = new ArchiveWriter(output, QAIRT_STYLE);
  const { zeros } = MemoryOutput;
  const count = 5 * 2 ** 30 / zeros.byteLength;
  await archive.add({
    name: "model.params.bin",
    byteLength: count * zeros.byteLength,
    async *chunks() {
      for (let index = 0; index < count; index++) yield await Promise.resolve(zeros);
    },
  });
  await archive.add({
    name: "model",
    byteLength: 4,
    async *chunks() {
      yield* [new TextEncoder().encode("last")];
    },
  });
  await archive.finish();
  const source = sourceOf(output);
  const members = await readArchive(source);
  assertEquals(members.get("model.params.bin")?.byteLength, 5 * 2 ** 30);
  const last = members.get("model");
  assert(last !== undefined && last.offset > 5 * 2 ** 30);
  const text = new Uint8Array(4);
  await source.read(text, last.offset);
  assertEquals(new TextDecoder().decode(text), "last");
});

Deno.test("ArchiveWriter refuses content of another length than announced", async () => {
  for (const [byteLength, word] of [[2, "longer"], [4, "shorter"]] as const) {
    const archive = new ArchiveWriter(new MemoryOutput(), SNPE_STYLE);
    const error = await assertRejects(
      () =>
        archive.add({
          name: "model",
          byteLength,
          async *chunks() {
            yield* [new Uint8Array(3)];
          },
        }),
      RangeError,
    );
    assertStringIncludes(
      error.message,
      `Cannot write member "model": its content is ${word} than the ${byteLength} bytes that were ` +
        "announced",
    );
  }
});

function sourceOf(output: MemoryOutput): ByteSource {
  return {
    name: "large.dlc",
    byteLength: output.position,
    read: (target, position) => Promise.resolve(output.read(target, position)),
    openSibling: () => Promise.reject(new Error("no siblings")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
