import { assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../../src/errors.ts";
import { formatMetadata, parseMetadata } from "../../../src/formats/dlc/metadata.ts";
import { openBad } from "./_documents.ts";
import { openComposed } from "./_compose.ts";
import { table } from "../../../src/formats/dlc/flatbuffer/mod.ts";
import { writeArchive } from "./zip/_archives.ts";

Deno.test("parseMetadata splits lines at the first equals sign", () => {
  assertEquals(
    [...parseMetadata("converter-command=tool a=[] b='x=y'\nmodel-version=N/A\nempty=\n")],
    [["converter-command", "tool a=[] b='x=y'"], ["model-version", "N/A"], ["empty", ""]],
  );
});

Deno.test("parseMetadata lets lines without a key continue the value before", () => {
  assertEquals(
    [...parseMetadata(
      "model-copyright=Copyright 2026\r\nAll rights reserved\n\nmodel-version=1\n",
    )],
    [["model-copyright", "Copyright 2026 All rights reserved"], ["model-version", "1"]],
  );
  assertEquals(parseMetadata("no key\n=no key either\n"), new Map());
});

Deno.test("formatMetadata writes one line a key, in alphabetical order", () => {
  const metadata = new Map([["b", "2"], ["a", "several\r\nlines\n"], ["c", ""]]);
  assertEquals(formatMetadata(metadata), "a=several lines\nb=2\nc=\n");
});

Deno.test("openDlc refuses metadata that is no text or too long", async () => {
  // Opening works without the metadata, so that the errors below are the metadata's.
  await openComposed({ version: "3.0", model: table({}), parameters: table({}) });
  const header = Uint8Array.fromHex("d50a030000000000");
  const flatBuffer = (identifier: string) =>
    new Uint8Array([
      ...header,
      ...[12, 0, 0, 0],
      ...new TextEncoder().encode(identifier),
      ...[4, 0, 4, 0, 4, 0, 0, 0],
    ]);
  const members = { model: flatBuffer("NETD"), "model.params": flatBuffer("NETP") };
  const cases = [
    [
      new Uint8Array([0x61, 0xff]),
      'content of member "dlc.metadata": found bytes that are not UTF-8, expected text (byte 62)',
    ],
    [
      new Uint8Array(2 ** 20 + 1),
      'size of member "dlc.metadata": found 1048577, expected at most 1048576 (byte 62)',
    ],
  ] as const;
  for (const [content, message] of cases) {
    const bytes = await writeArchive({ "dlc.metadata": content, ...members });
    const error = await assertRejects(() => openBad(bytes), FormatError);
    assertEquals(error.message, `Cannot read "bad.dlc": ${message}`);
  }
});
