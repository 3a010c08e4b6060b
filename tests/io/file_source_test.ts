import { assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import { openSource } from "../../src/io/mod.ts";
import { makeFolder } from "./_temporary_folder.ts";

Deno.test("FileSource.read() serves overlapping calls", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a.bin`;
  const bytes = Uint8Array.from({ length: 4096 }, (_, index) => index * 31 & 255);
  await Deno.writeFile(path, bytes);
  await using source = await openSource(path);
  const reads = Array.from({ length: 50 }, (_, index) => {
    const position = index * 977 % 4000;
    const target = new Uint8Array(96);
    return source.read(target, position).then(() =>
      assertEquals(target, bytes.subarray(position, position + 96))
    );
  });
  await Promise.all(reads);
});

Deno.test("FileSource.read() goes on after a failed call", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a.bin`;
  await Deno.writeFile(path, new Uint8Array([1, 2, 3, 4]));
  await using source = await openSource(path);
  const outside = source.read(new Uint8Array(9), 0);
  const inside = new Uint8Array(2);
  const good = source.read(inside, 2);
  await assertRejects(() => outside, FormatError);
  await good;
  assertEquals(inside, new Uint8Array([3, 4]));
});

Deno.test("FileSource.read() fills WebAssembly memory", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a.bin`;
  await Deno.writeFile(path, new Uint8Array([1, 2, 3, 4]));
  await using source = await openSource(path);
  const memory = new WebAssembly.Memory({ initial: 1 });
  await source.read(new Uint8Array(memory.buffer, 64, 4), 0);
  assertEquals([...new Uint8Array(memory.buffer, 62, 7)], [0, 0, 1, 2, 3, 4, 0]);
});

Deno.test("FileSource.read() tells when the file became shorter", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a.bin`;
  await Deno.writeFile(path, new Uint8Array(100));
  await using source = await openSource(path);
  await Deno.truncate(path, 60);
  await assertRejects(
    () => source.read(new Uint8Array(50), 40),
    FormatError,
    `Cannot read "${path}": it now ends at byte 60, it had 100 bytes when opened`,
  );
});

Deno.test("FileSource.openSibling() opens files below the folder", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/data`);
  await Deno.writeFile(`${folder.path}/model.onnx`, new Uint8Array(1));
  await Deno.writeFile(`${folder.path}/data/w.bin`, new Uint8Array([7, 8]));
  await Deno.symlink("w.bin", `${folder.path}/data/link.bin`);
  await using model = await openSource(`${folder.path}/model.onnx`);
  for (const path of ["data/w.bin", "./data/./w.bin", "data//w.bin", "data/link.bin"]) {
    await using sibling = await model.openSibling(path);
    assertEquals(sibling.byteLength, 2);
  }
});

Deno.test("FileSource.openSibling() works for a path without a folder", async () => {
  await using folder = await makeFolder();
  await Deno.writeFile(`${folder.path}/model.onnx`, new Uint8Array(1));
  await Deno.writeFile(`${folder.path}/w.bin`, new Uint8Array(2));
  const io = new URL("../../src/io/mod.ts", import.meta.url).href;
  const code = `import { openSource } from "${io}";
    await using model = await openSource("model.onnx");
    await using sibling = await model.openSibling("w.bin");
    console.log(sibling.name, sibling.byteLength);`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    cwd: folder.path,
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(new TextDecoder().decode(stdout), "w.bin 2\n");
});

Deno.test("FileSource.openSibling() never leaves the folder", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/inside`);
  await Deno.writeFile(`${folder.path}/secret`, new Uint8Array(1));
  await Deno.mkdir(`${folder.path}/inside-out`);
  await Deno.writeFile(`${folder.path}/inside-out/secret`, new Uint8Array(1));
  const model = `${folder.path}/inside/model.onnx`;
  await Deno.writeFile(model, new Uint8Array(1));
  await Deno.symlink("../secret", `${folder.path}/inside/link`);
  await Deno.symlink("../inside-out", `${folder.path}/inside/folder`);
  await using source = await openSource(model);
  const cases: [string, string][] = [
    ["", "it is empty"],
    ["a\0b", "it contains a NUL character"],
    ["..\\secret", "it contains a backslash"],
    ["/etc/passwd", "it is absolute"],
    ["C:/secret", "it is absolute"],
    ["file:///etc/passwd", "it is absolute"],
    ["../secret", 'it contains ".."'],
    ["a/../../secret", 'it contains ".."'],
    ["..", 'it contains ".."'],
    ["data/", "it names a folder"],
    [".", "it names a folder"],
  ];
  for (const [path, problem] of cases) {
    await assertRejects(
      () => source.openSibling(path),
      FormatError,
      `Cannot open ${
        JSON.stringify(path)
      } beside "${model}": ${problem}, expected a path below the file's folder`,
    );
  }
  for (const path of ["link", "folder/secret"]) {
    await assertRejects(
      () => source.openSibling(path),
      FormatError,
      `Cannot open "${path}" beside "${model}": a symbolic link leads out of the folder`,
    );
  }
});

Deno.test("FileSource.openSibling() tells which file is missing", async () => {
  await using folder = await makeFolder();
  await Deno.writeFile(`${folder.path}/model.onnx`, new Uint8Array(1));
  await using source = await openSource(`${folder.path}/model.onnx`);
  await assertRejects(
    () => source.openSibling("w.bin"),
    FormatError,
    `Cannot open "${folder.path}/w.bin": there is no such file`,
  );
});
