import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { createAtomicOutput, OutputError, writeTextAtomically } from "../../src/io/mod.ts";
import { listNames, makeFolder } from "./_temporary_folder.ts";

Deno.test("createAtomicOutput() shows the file only after commit", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/out.dlc`;
  await using output = await createAtomicOutput(path);
  assertEquals(output.path, path);
  await output.write(new Uint8Array([1, 2, 3]));
  assertEquals(output.position, 3);
  const [name] = listNames(folder.path);
  assertEquals(/^\.out\.dlc\.[0-9a-f]{8}\.partial$/.test(name ?? ""), true, name);
  await output.commit();
  assertEquals(listNames(folder.path), ["out.dlc"]);
  assertEquals([...await Deno.readFile(path)], [1, 2, 3]);
});

Deno.test("AtomicOutput keeps the old file on every other way out", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/out.dlc`;
  await Deno.writeTextFile(path, "old");
  await assertRejects(
    async () => {
      await using output = await createAtomicOutput(path);
      await output.write(new Uint8Array(10));
      throw new Error("in the middle");
    },
    Error,
    "in the middle",
  );
  assertEquals(listNames(folder.path), ["out.dlc"]);
  assertEquals(await Deno.readTextFile(path), "old");
});

Deno.test("AtomicOutput writes what is appended and replaced, for any buffer", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/out.bin`;
  const step = fc.record({ bytes: fc.uint8Array({ maxLength: 40 }), place: fc.nat(1000) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), step), { maxLength: 20 }),
      fc.integer({ min: 1, max: 30 }),
      async (steps, bufferBytes) => {
        const expected: number[] = [];
        await using output = await createAtomicOutput(path, { bufferBytes });
        for (const [append, { bytes, place }] of steps) {
          if (append || bytes.length > expected.length) {
            await output.write(bytes);
            expected.push(...bytes);
          } else {
            const position = place % (expected.length - bytes.length + 1);
            await output.writeAt(bytes, position);
            expected.splice(position, bytes.length, ...bytes);
          }
          assertEquals(output.position, expected.length);
        }
        await output.commit();
        assertEquals([...await Deno.readFile(path)], expected);
      },
    ),
    { seed: 7, numRuns: 60 },
  );
});

Deno.test("AtomicOutput.write() lets the caller reuse its bytes", async () => {
  await using folder = await makeFolder();
  await using output = await createAtomicOutput(`${folder.path}/a`, { bufferBytes: 8 });
  const bytes = new Uint8Array(8);
  for (let value = 0; value < 20; value++) await output.write(bytes.fill(value));
  await output.commit();
  const expected = Array.from({ length: 160 }, (_, index) => index >> 3);
  assertEquals([...await Deno.readFile(`${folder.path}/a`)], expected);
});

Deno.test("AtomicOutput.writeAt() refuses bytes that were not written before", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  await using output = await createAtomicOutput(path);
  await output.write(new Uint8Array(4));
  for (const position of [3, -1, NaN]) {
    await assertRejects(
      () => output.writeAt(new Uint8Array(2), position),
      RangeError,
      `Cannot replace 2 bytes at byte ${position} of "${path}": 4 bytes are written`,
    );
  }
});

Deno.test("AtomicOutput.write() refuses to go on after commit", async () => {
  await using folder = await makeFolder();
  await using output = await createAtomicOutput(`${folder.path}/a`);
  await output.commit();
  await assertRejects(
    () => output.write(new Uint8Array(1)),
    TypeError,
    `Cannot write "${folder.path}/a": it is closed`,
  );
});

Deno.test("createAtomicOutput() names what is in the way", async () => {
  await using folder = await makeFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  const cases: [string, string][] = [
    [`${folder.path}/none/out.dlc`, "its folder does not exist"],
    [`${folder.path}/file/out.dlc`, "its folder does not exist"],
    [folder.path, "it is a folder"],
    ["/dev/null", "it is not a regular file"],
    [`${folder.path}/${"x".repeat(300)}`, "the name is too long"],
  ];
  for (const [path, problem] of cases) {
    const error = await assertRejects(
      () => createAtomicOutput(path),
      OutputError,
      `Cannot write "${path}": ${problem}`,
    );
    assertEquals(error.file, path);
  }
  assertEquals(listNames(folder.path), ["file"]);
});

Deno.test("AtomicOutput writes through symbolic links", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/real`);
  await Deno.writeTextFile(`${folder.path}/real/a.txt`, "old");
  await Deno.symlink("real/a.txt", `${folder.path}/link.txt`);
  await writeTextAtomically(`${folder.path}/link.txt`, "new");
  assertEquals(await Deno.readTextFile(`${folder.path}/real/a.txt`), "new");
  assertEquals((await Deno.lstat(`${folder.path}/link.txt`)).isSymlink, true);
});

/** Runs `work` while every file is on a full disk: the system refuses after `room` bytes. */
async function withFullDisk(room: number, work: () => Promise<void>): Promise<void> {
  const { write } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.write = function (bytes: Uint8Array): Promise<number> {
    if (room === 0) {
      const error = new Error("No space left on device (os error 28)");
      return Promise.reject(Object.assign(error, { code: "ENOSPC" }));
    }
    const count = Math.min(room, bytes.length);
    room -= count;
    return write.call(this, bytes.subarray(0, count));
  };
  try {
    await work();
  } finally {
    Deno.FsFile.prototype.write = write;
  }
}

Deno.test("AtomicOutput tells of a full disk and leaves nothing behind", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/out.dlc`;
  for (const room of [0, 1, 25, 64]) {
    await withFullDisk(room, async () => {
      await assertRejects(
        async () => {
          await using output = await createAtomicOutput(path, { bufferBytes: 16 });
          for (let count = 0; count < 10; count++) await output.write(new Uint8Array(7));
          await output.commit();
        },
        OutputError,
        `Cannot write "${path}": no space is left on the disk`,
      );
    });
    assertEquals(listNames(folder.path), []);
  }
});

Deno.test("writeTextAtomically() writes UTF-8", async () => {
  await using folder = await makeFolder();
  await writeTextAtomically(`${folder.path}/a.json`, '{"größe": 1}\n');
  assertEquals(await Deno.readTextFile(`${folder.path}/a.json`), '{"größe": 1}\n');
  assertEquals(listNames(folder.path), ["a.json"]);
});
