import { assertEquals, assertRejects } from "@std/assert";
import { createSpillFile, OutputError } from "../../src/io/mod.ts";
import { listNames, makeFolder } from "./_temporary_folder.ts";

Deno.test("createSpillFile() holds bytes at any position", async () => {
  await using folder = await makeFolder();
  await using spill = await createSpillFile(folder.path);
  await Promise.all([
    spill.write(new Uint8Array([7, 8, 9]), 100),
    spill.write(new Uint8Array([1, 2]), 0),
  ]);
  assertEquals(spill.byteLength, 103);
  const tail = new Uint8Array(4);
  const head = new Uint8Array(3);
  await Promise.all([spill.read(tail, 99), spill.read(head, 0)]);
  assertEquals([...tail], [0, 7, 8, 9]);
  assertEquals([...head], [1, 2, 0]);
});

Deno.test({
  name: "createSpillFile() leaves no name behind, so that a killed process leaves nothing",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await makeFolder();
    await using spill = await createSpillFile(folder.path);
    await spill.write(new Uint8Array(10), 0);
    assertEquals(listNames(folder.path), []);
  },
});

Deno.test("SpillFile.read() refuses bytes that were not written", async () => {
  await using spill = await createSpillFile();
  await spill.write(new Uint8Array(4), 0);
  await assertRejects(
    () => spill.read(new Uint8Array(2), 3),
    RangeError,
    "Cannot read 2 bytes at byte 3 of ",
  );
});

Deno.test("createSpillFile() names a folder that does not exist", async () => {
  await using folder = await makeFolder();
  await assertRejects(
    () => createSpillFile(`${folder.path}/none`),
    OutputError,
    `Cannot write "${folder.path}/none/*.spill": its folder does not exist`,
  );
});

Deno.test({
  name: "SpillFile.write() tells of a full disk",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await makeFolder();
    await using spill = await createSpillFile(folder.path);
    const { write } = Deno.FsFile.prototype;
    using full = await Deno.open("/dev/full", { write: true });
    Deno.FsFile.prototype.write = (bytes) => write.call(full, bytes);
    try {
      await assertRejects(
        () => spill.write(new Uint8Array(4), 0),
        OutputError,
        '.spill": no space is left on the disk',
      );
    } finally {
      Deno.FsFile.prototype.write = write;
    }
  },
});
