import { assertEquals, assertRejects } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../../src/errors.ts";
import { openMember, readArchive } from "../../../../src/formats/dlc/zip/mod.ts";
import { openBytes, writeArchive } from "./_archives.ts";

/** Python's zipfile wrote it: `model`, "hello hello hello hello\n", deflated from 24 to 11 bytes. */
const DEFLATED =
  "504b0304140000000800000021000088590b0b00000018000000050000006d6f64656ccb48cdc9c957c84027b900504b" +
  "01021403140000000800000021000088590b0b000000180000000500000000000000000000008001000000006d6f6465" +
  "6c504b05060000000001000100330000002e0000000000";

/** Where the sizes of the content stand. */
const CONTENT_SIZES = [22, 46 + 24];

async function openModel(bytes: Uint8Array): ReturnType<typeof openMember> {
  const member = (await readArchive(await openBytes(bytes))).get("model");
  if (member === undefined) throw new Error("no model");
  return await openMember(member);
}

function deflated(contentByteLength: number): Uint8Array {
  const bytes = Uint8Array.fromHex(DEFLATED);
  const view = new DataView(bytes.buffer);
  for (const at of CONTENT_SIZES) view.setUint32(at, contentByteLength, true);
  return bytes;
}

Deno.test("openMember leaves stored content where it is", async () => {
  const { offset, byteLength } = await openModel(await writeArchive({ model: new Uint8Array(5) }));
  assertEquals([offset, byteLength], [55, 5]);
});

Deno.test("openMember inflates deflated content", async () => {
  const { source, offset, byteLength } = await openModel(deflated(24));
  const content = new Uint8Array(byteLength);
  await source.read(content, offset);
  assertEquals(new TextDecoder().decode(content), "hello hello hello hello\n");
  assertEquals(source.name, "bad.dlc/model");
});

Deno.test("openMember refuses deflated content of another size than stated", async () => {
  for (const [stated, found] of [[23, "more than 23 bytes"], [25, "24 bytes"]] as const) {
    const error = await assertRejects(() => openModel(deflated(stated)), FormatError);
    assertEquals(
      error.message,
      `Cannot read "bad.dlc": deflated content of member "model": found ${found}, expected ` +
        `${stated} bytes (byte 35)`,
    );
  }
});

Deno.test("openMember refuses damaged deflated content", async () => {
  const bytes = deflated(24);
  bytes.fill(0xff, 35, 46);
  const error = await assertRejects(() => openModel(bytes), FormatError);
  assertEquals(
    error.message,
    'Cannot read "bad.dlc": deflated content of member "model": found an error after 0 bytes, ' +
      "expected 24 bytes (byte 35)",
  );
});

Deno.test("openMember refuses deflated content that is too large to be held", async () => {
  const error = await assertRejects(() => openModel(deflated(2 ** 30)), UnsupportedError);
  assertEquals(
    error.message,
    'Cannot read "model" of "bad.dlc": compressed members have 1073741824 bytes, 67108864 are the ' +
      "limit; repack with `zip -0`",
  );
});
