import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import {
  type EncodingsFile,
  formatAimetEncodings,
  readEncodings,
} from "../../../src/formats/encodings/mod.ts";
import type { Encoding, TensorEncoding } from "../../../src/tensor/mod.ts";
import { textSource } from "./text_source.ts";

function read(document: unknown): Promise<EncodingsFile> {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return readEncodings(textSource(text));
}

/** A document with one activation of version 0.x. */
function legacy(entry: unknown, version?: string): unknown {
  return { version, activation_encodings: { a: entry }, param_encodings: {} };
}

/** A document with one activation of version 1.0.0. */
function list(entry: object): unknown {
  return {
    version: "1.0.0",
    activation_encodings: [{ name: "a", ...entry }],
    param_encodings: [],
  };
}

async function grid(document: unknown): Promise<Encoding> {
  const found = (await read(document)).activations.get("a")?.encodings[0];
  if (found === undefined) throw new Error("the document has no encoding");
  return found;
}

Deno.test("readEncodings() keeps min and max of an override and derives the grid", async () => {
  // A real override; its offset lacks the minus sign.
  const encoding = await grid(legacy([{
    bitwidth: 8,
    max: 12.271047,
    min: -17.530067,
    is_symmetric: "False",
    offset: 150,
    scale: 0.5,
  }]));
  assertEquals(encoding.min, -17.530067);
  assertEquals(encoding.max, 12.271047);
  assertEquals(encoding.offset, -150);
  assertAlmostEquals(encoding.scale, 0.116867, 1e-6);
  assertEquals(encoding.symmetric, false);
});

Deno.test("readEncodings() derives the ends from scale and offset of either sign", async () => {
  for (const offset of [-127, 127]) {
    const encoding = await grid(legacy([{ bitwidth: 8, scale: 0.5, offset }]));
    assertEquals(encoding, {
      bitwidth: 8,
      min: -63.5,
      max: 64,
      scale: 0.5,
      offset: -127,
      symmetric: false,
    });
  }
});

Deno.test("readEncodings() completes symmetric entries", async () => {
  const expected = { bitwidth: 8, min: -64, max: 63.5, scale: 0.5, offset: -128, symmetric: true };
  for (const offset of [{}, { offset: 0 }, { offset: -128 }, { offset: 128 }]) {
    const entry = { bitwidth: 8, is_symmetric: "True", scale: 0.5, ...offset };
    assertEquals(await grid(legacy(entry, "0.6.1")), expected);
  }
  assertEquals(
    await grid(list({ bw: 8, dtype: "INT", is_sym: true, scale: [0.5], offset: [-128] })),
    expected,
  );
});

Deno.test("readEncodings() takes booleans and words for is_symmetric", async () => {
  for (const [word, expected] of [["True", true], ["false", false], [true, true]] as const) {
    const entry = { bitwidth: 8, is_symmetric: word, min: -1, max: 1 };
    assertEquals((await grid(legacy([entry]))).symmetric, expected);
  }
});

Deno.test("readEncodings() tells that a strict symmetric grid is recomputed", async () => {
  const entry = { bitwidth: 8, is_symmetric: "True", scale: 1, offset: -127 };
  const file = await read(legacy([entry]));
  assertEquals(file.notices, [
    'The encoding of "a" is strict symmetric (offset -127); it will be recomputed with offset -128',
  ]);
  assertEquals(file.activations.get("a")?.encodings[0]?.min, -127);
  assertEquals(file.activations.get("a")?.encodings[0]?.max, 127);
});

Deno.test("readEncodings() keeps channels apart and leaves the axis to the layer", async () => {
  const file = await read({
    activation_encodings: {},
    param_encodings: {
      w: [1, 2].map((scale) => ({ bitwidth: 4, is_symmetric: true, scale, offset: -8 })),
    },
  });
  assertEquals(file.version, "0.4.0");
  assertEquals(file.parameters.get("w")?.axis, undefined);
  assertEquals(file.parameters.get("w")?.encodings.map(({ min }) => min), [-8, -16]);
});

Deno.test("readEncodings() keeps types that come without numbers apart", async () => {
  const file = await read({
    version: "0.6.1",
    activation_encodings: { a: [{ bitwidth: 16, dtype: "int" }] },
    param_encodings: { w: [{ bitwidth: 32, dtype: "float" }] },
  });
  assertEquals(file.activations.size + file.parameters.size, 0);
  assertEquals(file.types?.activations.get("a"), { kind: "int", bitwidth: 16 });
  assertEquals(file.types?.parameters.get("w"), { kind: "float", bitwidth: 32 });
});

Deno.test("readEncodings() reads a name like __proto__ as a name", async () => {
  const text = '{"activation_encodings":{"__proto__":[{"bitwidth":8,"min":0,"max":1}]},' +
    '"param_encodings":{}}';
  assertEquals([...(await read(text)).activations.keys()], ["__proto__"]);
});

const bitwidths = fc.constantFrom(4, 8, 16);
const encodings: fc.Arbitrary<TensorEncoding> = fc.record({
  bitwidth: bitwidths,
  scale: fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
  zero: fc.double({ min: 0, max: 1, noNaN: true }),
  symmetric: fc.boolean(),
  channels: fc.integer({ min: 1, max: 4 }),
}).map(({ bitwidth, scale, zero, symmetric, channels }) => {
  const steps = 2 ** bitwidth - 1;
  const offset = symmetric ? -((steps + 1) / 2) : 0 - Math.round(zero * steps);
  const grids = Array.from({ length: channels }, (_, i): Encoding => {
    const step = scale * (i + 1);
    return {
      bitwidth,
      min: step * offset,
      max: step * (steps + offset),
      scale: step,
      offset,
      symmetric,
    };
  });
  return channels === 1 ? { encodings: grids } : { axis: 0, encodings: grids };
});

Deno.test("readEncodings() reads back what formatAimetEncodings() writes", async () => {
  const section = fc.array(fc.tuple(fc.string({ minLength: 1 }), encodings))
    .map((pairs) => new Map(pairs));
  await fc.assert(
    fc.asyncProperty(
      section,
      section,
      fc.constantFrom("0.6.1" as const, "1.0.0" as const),
      async (activations, parameters, version) => {
        const written = { activations, parameters };
        const file = await read(formatAimetEncodings(written, { version }));
        assertEquals(file.version, version);
        for (const key of ["activations", "parameters"] as const) {
          assertEquals([...file[key].keys()].sort(), [...written[key].keys()].sort());
          for (const [name, { encodings }] of written[key]) {
            const found = file[key].get(name)?.encodings ?? [];
            assertEquals(found.length, encodings.length);
            found.forEach((grid, i) => {
              assertEquals(grid.bitwidth, encodings[i]?.bitwidth);
              assertEquals(grid.symmetric, encodings[i]?.symmetric);
              assertEquals(grid.offset, encodings[i]?.offset);
              assertAlmostEquals(grid.scale / (encodings[i]?.scale ?? NaN), 1, 1e-12);
              const tolerance = 1e-9 * grid.scale * 65536;
              assertAlmostEquals(grid.min, encodings[i]?.min ?? NaN, tolerance);
              assertAlmostEquals(grid.max, encodings[i]?.max ?? NaN, tolerance);
            });
          }
        }
      },
    ),
    { seed: 4, numRuns: 100 },
  );
});

/** Documents that are refused, each with its whole message. */
const REFUSED: readonly (readonly [unknown, string])[] = [
  ["[1", "it is not JSON from character 2 on"],
  ["", "it is not JSON"],
  ['{"a" 1}', "it is not JSON from character 5 on"],
  ['{"a": [{"min": NaN}]}', "it is not JSON from character 15 on: JSON has no NaN"],
  [
    '{"activation_encodings": {"a": [{"bitwidth": 8, "min": -1e400, "max": 1}]}, ' +
    '"param_encodings": {}}',
    'activation_encodings "a" entry 0 has min -Infinity, expected a finite number',
  ],
  ["7", "the document is 7, expected an object"],
  ["[]", "the document is a list, expected an object"],
  [
    { param_encodings: {} },
    'the document has no "activation_encodings", expected both activation_encodings and ' +
    "param_encodings",
  ],
  [
    { activation_encodings: {} },
    'the document has no "param_encodings", expected both activation_encodings and param_encodings',
  ],
  [
    { version: 1, activation_encodings: {}, param_encodings: {} },
    'the document has version 1, expected a version such as "0.6.1"',
  ],
  [
    { activation_encodings: [], param_encodings: {} },
    "activation_encodings is a list, expected an object",
  ],
  [
    { version: "1.0.0", activation_encodings: {}, param_encodings: [] },
    "activation_encodings is an object, expected a list",
  ],
  [legacy([]), 'activation_encodings "a" is empty, expected at least one encoding'],
  [legacy([5]), 'activation_encodings "a" entry 0 is 5, expected an object'],
  [
    legacy([{ min: 0, max: 1 }]),
    'activation_encodings "a" entry 0 has bitwidth missing, expected an integer from 2 to 32',
  ],
  [
    legacy([{ bitwidth: 33, min: 0, max: 1 }]),
    'activation_encodings "a" entry 0 has bitwidth 33, expected an integer from 2 to 32',
  ],
  [
    legacy([{ bitwidth: 8, dtype: "float" }]),
    'activation_encodings "a" entry 0 is float with bitwidth 8, expected 16 or 32',
  ],
  [
    legacy([{ bitwidth: 8, dtype: "complex" }]),
    'activation_encodings "a" entry 0 has dtype "complex", expected one of int, float',
  ],
  [
    legacy([{ bitwidth: 8, min: "0", max: 1 }]),
    'activation_encodings "a" entry 0 has min "0", expected a finite number',
  ],
  [
    legacy([{ bitwidth: 8, min: 0, max: 1, is_symmetric: "maybe" }]),
    'activation_encodings "a" entry 0 has is_symmetric "maybe", expected "True" or "False"',
  ],
  [
    legacy([{ bitwidth: 8, min: 2, max: 1 }]),
    'activation_encodings "a" entry 0 has min 2 and max 1, expected min <= max',
  ],
  [
    legacy([{ bitwidth: 8, min: 1, max: 1 }]),
    'activation_encodings "a" entry 0 has min and max 1, expected a range of some width',
  ],
  [
    legacy([{ bitwidth: 8, min: 1 }]),
    'activation_encodings "a" entry 0 has only min, expected both min and max',
  ],
  [
    legacy([{ bitwidth: 8, scale: 0, offset: 0 }]),
    'activation_encodings "a" entry 0 has scale 0, expected a positive number',
  ],
  [
    legacy([{ bitwidth: 8, scale: 1 }]),
    'activation_encodings "a" entry 0 has a scale without offset, ' +
    "expected both, or a symmetric encoding",
  ],
  [
    legacy([{ bitwidth: 8, offset: 1 }]),
    'activation_encodings "a" entry 0 has an offset without scale, expected both',
  ],
  [
    legacy([{ bitwidth: 8, scale: 1, offset: 0.5 }]),
    'activation_encodings "a" entry 0 has offset 0.5, expected an integer from -255 to 0',
  ],
  [
    legacy([{ bitwidth: 8, scale: 1, offset: 256 }]),
    'activation_encodings "a" entry 0 has offset 256, expected an integer from -255 to 0',
  ],
  [
    legacy([{ bitwidth: 8, min: 0, max: 1 }, { bitwidth: 4, min: 0, max: 1 }]),
    'activation_encodings "a" entry 1 is int4, expected int8 as before',
  ],
  [
    legacy([{ bitwidth: 8, min: 0, max: 1 }, { bitwidth: 8 }]),
    'activation_encodings "a" entry 1 has no numbers, expected numbers as before',
  ],
  [
    legacy([{ bitwidth: 8 }, { bitwidth: 8, min: 0, max: 1 }]),
    'activation_encodings "a" entry 0 has no numbers, expected numbers in every entry or in none',
  ],
  [
    list({ name: 5 }),
    "activation_encodings entry 0 has name 5, expected the name of a tensor",
  ],
  [
    list({ bw: 8, scale: [1, 2], offset: [0, 0], enc_type: "PER_TENSOR" }),
    'activation_encodings "a" is PER_TENSOR with 2 elements, expected 1',
  ],
  [
    list({ bw: 8, scale: [1, 2], offset: [0], enc_type: "PER_CHANNEL" }),
    'activation_encodings "a" has 1 elements in offset, expected 2 as in its other lists',
  ],
  [
    list({ bw: 8, scale: [1, null], offset: [0, 0], enc_type: "PER_CHANNEL" }),
    'activation_encodings "a" has null in scale, expected finite numbers',
  ],
  [
    {
      version: "1.0.0",
      activation_encodings: [{ name: "a", bw: 8 }, { name: "a", bw: 8 }],
      param_encodings: [],
    },
    'activation_encodings "a" appears twice, expected it once',
  ],
  ["[".repeat(33) + "]".repeat(33), "nested deeper than 32 levels at byte 32"],
  ["[".repeat(1_000_000), "nested deeper than 32 levels at byte 32"],
];

Deno.test("readEncodings() names what is wrong with a file", async () => {
  for (const [document, problem] of REFUSED) {
    const error = await assertRejects(() => read(document), FormatError);
    assertEquals(error.message, `Cannot read encodings "encodings.json": ${problem}`);
    assertEquals(error.file, "encodings.json");
  }
});

Deno.test("readEncodings() refuses bytes that are no text, and files of impossible size", async () => {
  const bytes = textSource("");
  const binary = {
    ...bytes,
    byteLength: 2,
    read: (target: Uint8Array) => {
      target.set([0xff, 0xfe]);
      return Promise.resolve();
    },
  };
  assertEquals(
    (await assertRejects(() => readEncodings(binary), FormatError)).message,
    'Cannot read encodings "encodings.json": it is not UTF-8 text',
  );
  assertEquals(
    (await assertRejects(() => readEncodings({ ...bytes, byteLength: 2 ** 40 }), FormatError))
      .message,
    'Cannot read encodings "encodings.json": it has 1099511627776 bytes, expected at most 268435456',
  );
});

Deno.test("readEncodings() refuses more than half a million encodings", async () => {
  const zeros = Array(250_001).fill(0).join();
  const text = `{"version":"0.6.1","activation_encodings":{"a":[{"bitwidth":8}]},` +
    `"param_encodings":{"b":[${zeros},${zeros}]}}`;
  assertEquals(
    (await assertRejects(() => read(text), FormatError)).message,
    'Cannot read encodings "encodings.json": more than 500000 encodings',
  );
});

Deno.test("readEncodings() refuses a million entries before it makes any of them", async () => {
  const entries = Array.from({ length: 1_000_000 }, (_, i) => `"t${i}":[{"bitwidth":8}]`);
  const text = `{"activation_encodings":{${entries.join()}},"param_encodings":{}}`;
  const start = performance.now();
  assertEquals(
    (await assertRejects(() => read(text), FormatError)).message,
    'Cannot read encodings "encodings.json": it has 1000003 objects, expected at most 500000',
  );
  assert(performance.now() - start < 5000);
});

Deno.test("readEncodings() says which versions and kinds it supports", async () => {
  for (const version of ["1.1.0", "2.2.0", "3.0.0", "7.0"]) {
    const error = await assertRejects(
      () => read({ version, activation_encodings: [], param_encodings: [] }),
      UnsupportedError,
    );
    assertEquals(
      error.message,
      `Cannot read encodings "encodings.json" of version ${version}: versions 0.4 to 1.0 and 2.0 ` +
        "to 2.1 are supported",
    );
  }
  const error = await assertRejects(
    () => read(list({ bw: 8, enc_type: "LPBQ" })),
    UnsupportedError,
  );
  assertEquals(
    error.message,
    'Cannot read encodings "encodings.json": activation_encodings "a" is of type LPBQ, ' +
      "supported are PER_TENSOR and PER_CHANNEL",
  );
});
