import { assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../../src/errors.ts";
import { verifyDlc } from "../../../src/formats/dlc/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import { readReal } from "./_documents.ts";

Deno.test("verifyDlc finds the checksums of version 3 right and those of 4.1 absent", async () => {
  const names = ["deeplabv3_quantized_hta_enabled.dlc", "ep_six_ops_v4.1.dlc"] as const;
  const [three, four] = await Promise.all(
    names.map(async (name) => await verifyDlc(await openSource(await readReal(name)))),
  );
  assertEquals(three?.map(({ byteLength, checksum }) => [byteLength, checksum]), [
    [200941, "agrees"],
    [63779, "agrees"],
    [1068, "agrees"],
    [126080, "agrees"],
    [2296280, "agrees"],
  ]);
  assertEquals(four?.map(({ name, checksum }) => [name, checksum]), [
    ["model.params.bin", "absent"],
    ["dlc.metadata2.1.0", "absent"],
    ["model", "absent"],
    ["model.params", "absent"],
  ]);
});

Deno.test("verifyDlc finds a changed byte of a tensor", async () => {
  const bytes = await readReal("deeplabv3_quantized_hta_enabled.dlc");
  bytes[2_000_000] = (bytes[2_000_000] ?? 0) ^ 1;
  const source = await openSource(bytes, { name: "bad.dlc" });
  const error = await assertRejects(() => verifyDlc(source), FormatError);
  assertEquals(
    error.message.replace(/found 0x[0-9a-f]{8}/, "found another"),
    'Cannot read "bad.dlc": CRC-32 of member "model.params": found another, expected 0x923fed90 ' +
      "(byte 392173)",
  );
});

Deno.test("verifyDlc ends when it is aborted", async () => {
  const source = await openSource(await readReal("test_abs.dlc"));
  const reason = new Error("stopped by the user");
  const error = await assertRejects(() => verifyDlc(source, { signal: AbortSignal.abort(reason) }));
  assertEquals(error, reason);
});
