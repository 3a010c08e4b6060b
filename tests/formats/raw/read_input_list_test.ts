import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { type InputListOptions, readInputList } from "../../../src/formats/raw/mod.ts";
import type { ValueInfo } from "../../../src/graph/mod.ts";

const IMAGE: ValueInfo = { name: "image", dtype: "float32", shape: [1, 2, 1, 3] };
const MASK: ValueInfo = { name: "mask", dtype: "uint8", shape: [4] };

/** A folder with the given files and a list; removed when disposed. */
async function folderWith(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  for (const [name, content] of Object.entries(files)) {
    if (typeof content === "string") await Deno.writeTextFile(`${path}/${name}`, content);
    else await Deno.writeFile(`${path}/${name}`, content);
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** Reads `list.txt` of a folder whose relative paths start there. */
async function read(
  files: Readonly<Record<string, string | Uint8Array>>,
  inputs: readonly ValueInfo[],
  options: InputListOptions = {},
) {
  await using folder = await folderWith(files);
  const list = await readInputList(`${folder.path}/list.txt`, inputs, {
    workingDirectory: folder.path,
    ...options,
  });
  const samples = [];
  for (let i = 0; i < list.length; i++) samples.push(await list.read(i));
  return { list, samples };
}

/** The message of a failed read, with the temporary folder written as FOLDER. */
async function problem(
  files: Readonly<Record<string, string | Uint8Array>>,
  inputs: readonly ValueInfo[],
  options: InputListOptions = {},
): Promise<string> {
  await using folder = await folderWith(files);
  const error = await assertRejects(async () => {
    const list = await readInputList(`${folder.path}/list.txt`, inputs, {
      workingDirectory: folder.path,
      ...options,
    });
    await list.read(0);
  }, FormatError);
  return error.message.replaceAll(folder.path, "FOLDER");
}

Deno.test("readInputList() takes more output names on a line than a call can have arguments", async () => {
  const { list } = await read({
    "list.txt": `#${" a".repeat(300_000)}\na.raw\n`,
    "a.raw": floats(1, 2, 3, 4, 5, 6),
  }, [IMAGE]);
  assertEquals(list.outputNames.length, 300_000);
});

Deno.test("readInputList() reads one file a line, relative to the working directory", async () => {
  const { list, samples } = await read({
    "list.txt": "#conv1 conv2\n%prob\n\na.raw\r\n  image:=b.raw  \n",
    "a.raw": floats(1, 2, 3, 4, 5, 6),
    "b.raw": floats(-1, 0, 0, 0, 0, 0.5),
  }, [IMAGE]);
  assertEquals(list.length, 2);
  assertEquals(list.outputNames, ["conv1", "conv2", "prob"]);
  assertEquals(samples[0]?.get("image"), {
    dtype: "float32",
    shape: [1, 2, 1, 3],
    data: Float32Array.of(1, 2, 3, 4, 5, 6),
  });
  assertEquals(samples[1]?.get("image")?.data, Float32Array.of(-1, 0, 0, 0, 0, 0.5));
});

Deno.test("readInputList() starts relative paths at the process's working directory", async () => {
  const list = await readInputList("testdata/raw/list.txt", [{ ...IMAGE, shape: [1, 3] }]);
  assertEquals(list.length, 2);
  assertEquals((await list.read(1)).get("image")?.data, Float32Array.of(0.25, -1, 3));
});

Deno.test("readInputList() reads several inputs a line, in any order", async () => {
  const files = {
    "list.txt": "mask:=m.raw image:=#1.raw",
    "#1.raw": floats(1, 2, 3, 4, 5, 6),
    "m.raw": floats(0, 1, 2, 255),
  };
  const { samples } = await read(files, [IMAGE, MASK]);
  assertEquals([...samples[0]?.keys() ?? []], ["image", "mask"]);
  assertEquals(samples[0]?.get("mask")?.data, Uint8Array.of(0, 1, 2, 255));
  const native = { ...files, "m.raw": Uint8Array.of(9, 8, 7, 6) };
  const { samples: own } = await read(native, [IMAGE, MASK], { nativeTypes: true });
  assertEquals(own[0]?.get("mask"), {
    dtype: "uint8",
    shape: [4],
    data: Uint8Array.of(9, 8, 7, 6),
  });
});

Deno.test("readInputList() takes blanks in the path of a single input", async () => {
  const files = { "list.txt": "my photo.raw\nimage:=my photo.raw\n" };
  const { list } = await read({ ...files, "my photo.raw": floats(1, 2, 3, 4, 5, 6) }, [IMAGE]);
  assertEquals(list.length, 2);
});

Deno.test("readInputList() converts float files to the types of integer inputs", async () => {
  for (
    const [dtype, expected] of [
      ["int64", BigInt64Array.of(-5n, 7n)],
      ["int32", Int32Array.of(-5, 7)],
      ["float64", Float64Array.of(-5, 7)],
      ["float16", Uint16Array.of(0xc500, 0x4700)],
      ["int4", Int8Array.of(-5, 7)],
    ] as const
  ) {
    const input = { name: "x", dtype, shape: [2] };
    const { samples } = await read({ "list.txt": "x.raw", "x.raw": floats(-5, 7) }, [input]);
    assertEquals(samples[0]?.get("x")?.data, expected);
  }
});

Deno.test("readInputList() brings channels that are last in the file behind the batch axis", async () => {
  const files = { "list.txt": "a.raw", "a.raw": floats(1, 10, 2, 20, 3, 30) };
  const { samples } = await read(files, [IMAGE], { channelsLast: new Set(["image"]) });
  assertEquals(samples[0]?.get("image")?.shape, [1, 2, 1, 3]);
  assertEquals(samples[0]?.get("image")?.data, Float32Array.of(1, 2, 3, 10, 20, 30));
});

Deno.test("readInputList() reads back any sample it is given", async () => {
  const value = fc.float({ noDefaultInfinity: true, noNaN: true });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(value, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      async (samples) => {
        const files = Object.fromEntries(samples.map((s, i) => [`${i}.raw`, floats(...s)]));
        const list = samples.map((_, i) => `${i}.raw`).join("\n");
        const { samples: found } = await read({ "list.txt": list, ...files }, [IMAGE]);
        assertEquals(
          found.map((sample) => sample.get("image")?.data),
          samples.map((sample) => Float32Array.from(sample)),
        );
      },
    ),
    { seed: 5, numRuns: 20 },
  );
});

const START = 'Cannot read input list "FOLDER/list.txt": ';

Deno.test("readInputList() refuses a list that names no files", async () => {
  for (const text of ["", "\n \n", "#layer\n%tensor\n"]) {
    assertEquals(
      await problem({ "list.txt": text }, [IMAGE]),
      `${START}it names no input files, expected at least one line with a path`,
    );
  }
});

Deno.test("readInputList() names a missing file as it stands and where it was looked for", async () => {
  assertEquals(
    await problem({ "list.txt": "\nb/none.raw\n" }, [IMAGE]),
    `${START}line 2 names "b/none.raw", taken as "FOLDER/b/none.raw": there is no such file`,
  );
  assertEquals(
    await problem({ "list.txt": "." }, [IMAGE]),
    `${START}line 1 names ".", taken as "FOLDER": it is a folder`,
  );
});

Deno.test("readInputList() says both sizes of a file that does not fit", async () => {
  const fit = 'expected 24: input "image" is float32 [1,2,1,3]';
  assertEquals(
    await problem({ "list.txt": "a.raw", "a.raw": floats(1, 2, 3) }, [IMAGE]),
    `${START}line 1 names "a.raw", which has 12 bytes, ${fit}`,
  );
  assertEquals(
    await problem({ "list.txt": "a.raw", "a.raw": new Uint8Array(48) }, [IMAGE]),
    `${START}line 1 names "a.raw", which has 48 bytes, ${fit}; ` +
      "it holds 2 samples, one a file is supported",
  );
  assertEquals(
    await problem({ "list.txt": "a.raw", "a.raw": new Uint8Array(4) }, [MASK]),
    `${START}line 1 names "a.raw", which has 4 bytes, expected 16: input "mask" is float32 [4]; ` +
      "it would fit the input's own type, uint8",
  );
  assertEquals(
    await problem({ "list.txt": "a.raw", "a.raw": new Uint8Array(5) }, [MASK], {
      nativeTypes: true,
    }),
    `${START}line 1 names "a.raw", which has 5 bytes, expected 4: input "mask" is uint8 [4]`,
  );
});

Deno.test("readInputList() checks the size again when a sample is read", async () => {
  await using folder = await folderWith({ "list.txt": "a.raw", "a.raw": new Uint8Array(24) });
  const list = await readInputList(`${folder.path}/list.txt`, [IMAGE], {
    workingDirectory: folder.path,
  });
  await Deno.writeFile(`${folder.path}/a.raw`, new Uint8Array(23));
  const error = await assertRejects(() => list.read(0), FormatError);
  assertEquals(error.found, "23 bytes");
});

Deno.test("readInputList() names lines that do not fit the network's inputs", async () => {
  const cases: readonly (readonly [string, readonly ValueInfo[], string])[] = [
    [
      "imgae:=a.raw",
      [IMAGE, MASK],
      'line 1 names input "imgae", which the network does not have, ' +
      'expected "image", "mask", nearest is "image"',
    ],
    [
      "imgae:=a.raw",
      [IMAGE],
      'line 1 names input "imgae", which the network does not have, ' +
      'expected "image", nearest is "image"',
    ],
    ["a.raw", [], 'line 1 names input "", which the network does not have, expected no inputs'],
    [
      "image:=a.raw b.raw",
      [IMAGE, MASK],
      'line 1 has "b.raw" without an input name, expected name:=path for "image", "mask"',
    ],
    [
      "image:=a.raw",
      [IMAGE, MASK],
      'line 1 has no file for input "mask", expected a file for each of "image", "mask"',
    ],
    [
      "image:=a.raw image:=b.raw",
      [IMAGE],
      'line 1 names input "image" twice, expected it once',
    ],
    ["image:=", [IMAGE], 'line 1 has no path for input "image", expected name:=path'],
  ];
  for (const [text, inputs, expected] of cases) {
    assertEquals(await problem({ "list.txt": text }, inputs), START + expected);
  }
});

Deno.test("readInputList() refuses numbers an integer input does not hold", async () => {
  for (const value of [0.5, 256, -1, NaN]) {
    assertEquals(
      await problem({ "list.txt": "m.raw", "m.raw": floats(0, value, 0, 0) }, [MASK]),
      `Cannot read input "mask" from "m.raw": element 1 is ${value}, expected uint8`,
    );
  }
});

Deno.test("readInputList() refuses what is no list", async () => {
  assertEquals(
    await problem({ "list.txt": new Uint8Array([0x61, 0xff, 0xfe, 0x0a]) }, [IMAGE]),
    `${START}it is not UTF-8 text near byte 0`,
  );
  assertEquals(
    await problem({ "list.txt": new Uint8Array(3 << 20) }, [IMAGE]),
    `${START}a line is longer than 1048576 bytes`,
  );
  assertEquals(
    (await assertRejects(() => readInputList("testdata/raw/none.txt", [IMAGE]), FormatError))
      .message,
    'Cannot open "testdata/raw/none.txt": there is no such file',
  );
});

Deno.test("readInputList() says how bfloat16 inputs can be read", async () => {
  const input = { name: "x", dtype: "bfloat16", shape: [1] } as const;
  const error = await assertRejects(
    () => read({ "list.txt": "x.raw", "x.raw": floats(1) }, [input]),
    UnsupportedError,
  );
  assertEquals(
    error.message,
    'Cannot read input "x" of type bfloat16 from float32 files; native files would work',
  );
});

Deno.test("readInputList() ends when it is aborted", async () => {
  const reason = new Error("enough");
  await assertRejects(
    () => readInputList("testdata/raw/list.txt", [IMAGE], { signal: AbortSignal.abort(reason) }),
    Error,
    "enough",
  );
});
