import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import { openCaffe } from "../../../src/formats/caffe/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import { readDense } from "../../../src/tensor/mod.ts";

const FOLDER = new URL("../../../testdata/caffe/", import.meta.url);
const TEXT = await Deno.readTextFile(new URL("current.prototxt", FOLDER));
const OLD_TEXT = await Deno.readTextFile(new URL("version0.prototxt", FOLDER));
const WEIGHTS = await Deno.readFile(new URL("current.caffemodel", FOLDER));

async function open(text: string, weights: Uint8Array): Promise<void> {
  await using model = await openCaffe(
    await openSource(new TextEncoder().encode(text), { name: "a.prototxt" }),
    { weights: await openSource(weights, { name: "a.caffemodel" }) },
  );
  for (const reference of model.initializers.values()) await readDense(reference);
}

async function opensOrRefuses(text: string, weights: Uint8Array): Promise<void> {
  try {
    await open(text, weights);
  } catch (error) {
    const known = error instanceof FormatError || error instanceof UnsupportedError;
    assert(known, `${error instanceof Error ? error.stack : error}`);
    assertEquals(error.message.split("\n").length, 1);
  }
}

Deno.test("openCaffe() refuses a caffemodel cut off at any byte with one FormatError", async () => {
  await open(TEXT, WEIGHTS);
  for (let length = 0; length < WEIGHTS.length; length++) {
    await assertRejects(() => open(TEXT, WEIGHTS.subarray(0, length)), FormatError);
  }
});

Deno.test("openCaffe() opens or refuses a caffemodel with any bytes changed", async () => {
  const change = fc.tuple(fc.nat(WEIGHTS.length - 1), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const bytes = WEIGHTS.slice();
      for (const [index, byte] of changes) bytes[index] = byte;
      await opensOrRefuses(TEXT, bytes);
    }),
    { seed: 8, numRuns: 500 },
  );
});

Deno.test("openCaffe() opens or refuses a prototxt with any characters changed", async () => {
  for (const text of [TEXT, OLD_TEXT]) {
    const change = fc.tuple(
      fc.nat(text.length - 1),
      fc.constantFrom(..."{}<>[]:,;\"'#\n 019-.axL", ""),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const characters = [...text];
        for (const [index, character] of changes) characters[index] = character;
        await opensOrRefuses(characters.join(""), WEIGHTS);
      }),
      { seed: 9, numRuns: 700 },
    );
  }
});

Deno.test("openCaffe() opens or refuses settings with extreme numbers", async () => {
  const numbers = ["0", "1", "-1", "2147483647", "9007199254740991", "4294967296"];
  for (const [start] of TEXT.matchAll(/(?<=[:] )\d+/g).map((match) => [match.index] as const)) {
    for (const number of numbers) {
      const text = TEXT.slice(0, start) + number + TEXT.slice(start).replace(/^\d+/, "");
      await opensOrRefuses(text, WEIGHTS);
    }
  }
});

Deno.test("openCaffe() refuses nested messages, long varints and text that is none", async () => {
  const deep = new Uint8Array(300).map((_, index) => index % 2 === 0 ? 0x0a : 299 - index);
  await opensOrRefuses(TEXT, deep);
  await assertRejects(() => open(TEXT, new Uint8Array(40).fill(0xff)), FormatError);
  const text = Uint8Array.of(...new TextEncoder().encode('name: "'), 0xc3, 0x28);
  await assertRejects(
    async () => openCaffe(await openSource(text, { name: "a" })),
    FormatError,
    'Cannot read "a": it is not UTF-8 text',
  );
});
