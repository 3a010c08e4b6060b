import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { FormatError } from "../../../../src/errors.ts";
import { openOnnx } from "../../../../src/formats/onnx/mod.ts";
import { openSource } from "../../../../src/io/mod.ts";
import { readDense } from "../../../../src/tensor/mod.ts";
import { external, model, node, value } from "../_proto.ts";

/** Writes a model `y = x + w + v` whose constants are elsewhere, beside the given files. */
async function withFiles(
  entries: readonly Readonly<Record<string, string>>[],
  files: Readonly<Record<string, Uint8Array>>,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "model", "weights"), { recursive: true });
    await Deno.writeFile(join(folder, "secret"), new Uint8Array(64));
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(join(folder, "model", name), bytes);
    }
    const path = join(folder, "model", "a.onnx");
    const names = entries.map((_, index) => `w${index}`);
    const values = names.map((_, index) => `s${index}`);
    await Deno.writeFile(
      path,
      model({
        nodes: names.map((name, index) =>
          node("Add", [values[index - 1] ?? "x", name], [`s${index}`])
        ),
        inputs: [value("x", [1, 4])],
        outputs: [value(values.at(-1) ?? "", [1, 4])],
        initializers: entries.map((entry, index) => external(names[index] ?? "", [4], entry)),
      }),
    );
    await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const bytesOf = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

Deno.test("openOnnx() finds tensors in several files, with and without offset and length", async () => {
  const entries = [
    { location: "a.bin" },
    { location: "./weights/b.bin", offset: "8", length: "16" },
    { location: "a.bin", offset: "16" },
  ];
  const files = {
    "a.bin": bytesOf(1, 2, 3, 4, 9, 9, 9, 9),
    "weights/b.bin": bytesOf(0, 0, 5, 6, 7, 8, 0),
  };
  await withFiles(entries, files, async (path) => {
    await using opened = await openOnnx(await openSource(path));
    const found: (readonly (number | bigint)[])[] = [];
    for (const name of ["w0", "w1", "w2"]) {
      const reference = opened.initializers.get(name);
      if (reference !== undefined) found.push([...(await readDense(reference)).data]);
    }
    assertEquals(found, [[1, 2, 3, 4], [5, 6, 7, 8], [9, 9, 9, 9]]);
  });
});

Deno.test("openOnnx() refuses external data that is missing, short, outside or malformed", async () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{ location: "none.bin" }, "there is no such file"],
    [{ location: "short.bin" }, "16"],
    [{ location: "short.bin", offset: "4", length: "16" }, "16"],
    [{ location: "short.bin", length: "8" }, "takes 16 bytes, the file states 8"],
    [{ location: "../secret" }, 'it contains ".."'],
    [{ location: "/etc/hosts" }, "it is absolute"],
    [{ location: "file:///etc/hosts" }, "it is absolute"],
    [{ location: "weights" }, "weights"],
    [{}, 'its external data has no "location"'],
    [
      { location: "short.bin", offset: "-4" },
      'the offset of its external data is "-4", expected a number',
    ],
    [
      { location: "short.bin", length: "0x10" },
      'the length of its external data is "0x10", expected a number',
    ],
    [
      { location: "short.bin", offset: "99999999999999999999" },
      'the offset of its external data is "99999999999999999999", expected a number',
    ],
  ];
  for (const [entry, expected] of cases) {
    await withFiles([entry], { "short.bin": bytesOf(1, 2) }, async (path) => {
      const error = await assertRejects(
        async () => openOnnx(await openSource(path)),
        FormatError,
        expected,
      );
      assertEquals(error.message.split("\n").length, 1);
      assertEquals(error.message.startsWith('Cannot read tensor "w0" of "'), true, error.message);
    });
  }
});

Deno.test({
  name: "openOnnx() closes all files with the model, and after an error",
  sanitizeResources: true,
  fn: async () => {
    const entries = [{ location: "a.bin" }, { location: "none.bin" }];
    await withFiles(entries, { "a.bin": bytesOf(1, 2, 3, 4) }, async (path) => {
      await assertRejects(async () => openOnnx(await openSource(path)), FormatError);
    });
    await withFiles(entries.slice(0, 1), { "a.bin": bytesOf(1, 2, 3, 4) }, async (path) => {
      const opened = await openOnnx(await openSource(path));
      await opened[Symbol.asyncDispose]();
    });
  },
});
