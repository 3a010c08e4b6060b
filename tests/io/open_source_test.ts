import { assertEquals, assertRejects } from "@std/assert";
import { toFileUrl } from "@std/path";
import { FormatError } from "../../src/errors.ts";
import { type ByteSource, openSource } from "../../src/io/mod.ts";
import { makeFolder } from "./_temporary_folder.ts";

const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index * 7 & 255);

async function readAll(source: ByteSource): Promise<Uint8Array> {
  const target = new Uint8Array(source.byteLength);
  await source.read(target, 0);
  return target;
}

Deno.test("openSource() opens paths, file URLs, Blobs and bytes alike", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/some bytes.bin`;
  await Deno.writeFile(path, BYTES);
  const inputs: [string | URL | Blob | Uint8Array, string][] = [
    [path, path],
    [toFileUrl(path), path],
    [toFileUrl(path).href, path],
    [new Blob([BYTES]), "memory"],
    [new File([BYTES], "picked.onnx"), "picked.onnx"],
    [BYTES, "memory"],
  ];
  for (const [input, name] of inputs) {
    await using source = await openSource(input);
    assertEquals(source.name, name);
    assertEquals(source.byteLength, 1000);
    assertEquals(await readAll(source), BYTES);
    const part = new Uint8Array(3);
    await source.read(part, 997);
    assertEquals(part, BYTES.subarray(997));
    await source.read(new Uint8Array(0), 1000);
  }
});

Deno.test("openSource() uses the name it is given", async () => {
  await using source = await openSource(BYTES, { name: "upload" });
  assertEquals(source.name, "upload");
});

Deno.test("openSource() refuses what it cannot read", async () => {
  await using folder = await makeFolder();
  const cases: [string, string][] = [
    [`${folder.path}/none.onnx`, "there is no such file"],
    [`${folder.path}/none/none.onnx`, "there is no such file"],
    [folder.path, "it is a folder"],
    ["/dev/null", "it is not a regular file"],
    ["a\0b", "the path contains a NUL character"],
  ];
  for (const [path, problem] of cases) {
    await assertRejects(
      () => openSource(path),
      FormatError,
      `Cannot open ${JSON.stringify(path)}: ${problem}`,
    );
  }
  await assertRejects(
    () => openSource("ftp://host/model.onnx"),
    RangeError,
    'Cannot open "ftp://host/model.onnx": expected a path or a URL that begins with "file:", "http:" or "https:"',
  );
});

Deno.test({
  name: "openSource() does not wait for the writer of a named pipe",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await makeFolder();
    const path = `${folder.path}/pipe`;
    const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
    assertEquals(success, true);
    await assertRejects(() => openSource(path), FormatError, "it is not a regular file");
  },
});

Deno.test("openSource() tells that reading is not permitted", async () => {
  const { stat } = Deno;
  Deno.stat = () => Promise.reject(new Deno.errors.PermissionDenied("os error 13"));
  try {
    await assertRejects(
      () => openSource("locked.onnx"),
      FormatError,
      'Cannot open "locked.onnx": reading it is not permitted',
    );
  } finally {
    Deno.stat = stat;
  }
});

Deno.test("openSource() ends with the reason of its signal", async () => {
  const reason = new Error("enough");
  await assertRejects(
    () => openSource(BYTES, { signal: AbortSignal.abort(reason) }),
    Error,
    "enough",
  );
});

Deno.test("ByteSource.read() refuses positions outside the source", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a.bin`;
  await Deno.writeFile(path, BYTES);
  for (const input of [path, BYTES, new Blob([BYTES])]) {
    await using source = await openSource(input, { name: "a.bin" });
    for (const position of [998, 1001, -1, 0.5, NaN, 2 ** 60]) {
      const error = await assertRejects(
        () => source.read(new Uint8Array(3), position),
        FormatError,
        `Cannot read 3 bytes at byte ${position} of "a.bin": it has 1000 bytes`,
      );
      assertEquals(error.offset, position);
      assertEquals(error.file, "a.bin");
    }
  }
});

Deno.test("ByteSource.read() ends with the reason of its signal", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a.bin`;
  await Deno.writeFile(path, BYTES);
  const signal = AbortSignal.abort(new Error("enough"));
  for (const input of [path, BYTES, new Blob([BYTES])]) {
    await using source = await openSource(input);
    await assertRejects(() => source.read(new Uint8Array(3), 0, { signal }), Error, "enough");
  }
});

Deno.test("ByteSource.openSibling() says when there is no folder", async () => {
  for (const input of [BYTES, new Blob([BYTES])]) {
    await using source = await openSource(input);
    await assertRejects(
      () => source.openSibling("w.bin"),
      FormatError,
      'Cannot open "w.bin" beside "memory": the bytes are not in a folder; open the model by its path or URL',
    );
  }
});
