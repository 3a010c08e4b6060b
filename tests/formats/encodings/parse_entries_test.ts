import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FormatError, UnsupportedError } from "../../../src/errors.ts";
import {
  type EncodingsFile,
  formatAimetEncodings,
  readEncodings,
} from "../../../src/formats/encodings/mod.ts";
import type { Encoding, TensorEncoding } from "../../../src/tensor/mod.ts";
import { textSource } from "./text_source.ts";

function read(...encodings: readonly object[]): Promise<EncodingsFile> {
  return readEncodings(textSource(JSON.stringify({ version: "2.0.0", encodings })));
}

async function first(entry: object): Promise<TensorEncoding | undefined> {
  return (await read({ name: "a", ...entry })).activations.get("a");
}

Deno.test("readEncodings() turns the zero points of version 2 into offsets", async () => {
  const cases: readonly (readonly [object, Partial<Encoding>])[] = [
    [
      { output_dtype: "uint8", y_scale: 0.5, y_zero_point: 100 },
      { bitwidth: 8, offset: -100, min: -50, max: 77.5, symmetric: false },
    ],
    [
      { output_dtype: "int8", y_scale: 0.5 },
      { bitwidth: 8, offset: -128, min: -64, max: 63.5, symmetric: true },
    ],
    [
      { output_dtype: "int8", y_scale: 0.5, y_zero_point: -128 },
      { bitwidth: 8, offset: 0, min: 0, max: 127.5, symmetric: false },
    ],
    [
      { output_dtype: "uint16", y_scale: 2, y_zero_point: 0 },
      { bitwidth: 16, offset: 0, min: 0, max: 131070, symmetric: false },
    ],
    [
      { output_dtype: "int4", y_scale: 1 },
      { bitwidth: 4, offset: -8, min: -8, max: 7, symmetric: true },
    ],
    [
      { output_dtype: "int32", y_scale: 0.25 },
      { bitwidth: 32, offset: -(2 ** 31), symmetric: true },
    ],
  ];
  for (const [entry, expected] of cases) {
    const found = (await first(entry))?.encodings[0];
    assertEquals({ ...found, ...expected }, found);
  }
});

Deno.test("readEncodings() reads channels and quantized scales of version 2", async () => {
  const channels = { output_dtype: "int8", axis: -1 };
  const plain = await first({ ...channels, y_scale: [1, 2], y_zero_point: [0, 0] });
  assertEquals(plain?.axis, -1);
  assertEquals(plain?.encodings.map(({ scale }) => scale), [1, 2]);
  const x = { x: [2, 4], x_scale: 0.5, input_dtype: "uint8" };
  assertEquals(await first({ ...channels, y_scale: x }), plain);
  const shifted = { x: [12, 14], x_scale: [0.5, 0.5], x_zero_point: 10, axis: 0 };
  assertEquals(await first({ ...channels, y_scale: shifted }), plain);
});

Deno.test("readEncodings() keeps types of version 2 that come without numbers apart", async () => {
  const file = await read(
    { name: "a", output_dtype: "float16" },
    { name: "b", output_dtype: "uint16" },
  );
  assertEquals(file.activations.size, 0);
  assertEquals([...file.types?.activations ?? []], [
    ["a", { kind: "float", bitwidth: 16 }],
    ["b", { kind: "int", bitwidth: 16 }],
  ]);
});

const grids: fc.Arbitrary<TensorEncoding> = fc.record({
  bitwidth: fc.constantFrom(4, 8, 16),
  scale: fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
  zero: fc.double({ min: 0, max: 1, noNaN: true }),
  symmetric: fc.boolean(),
  axis: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
}).map(({ bitwidth, scale, zero, symmetric, axis }) => {
  const steps = 2 ** bitwidth - 1;
  const offset = symmetric ? -((steps + 1) / 2) : -Math.round(zero * steps) + 0;
  const encodings = [1, 2, 3].slice(0, axis === undefined ? 1 : 3).map((factor): Encoding => {
    const step = scale * factor;
    const max = step * (offset + steps);
    return { bitwidth, min: step * offset, max, scale: step, offset, symmetric };
  });
  return axis === undefined ? { encodings } : { axis, encodings };
});

Deno.test("readEncodings() reads back what formatAimetEncodings() writes in version 2.0.0", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.string({ minLength: 1 }), grids)).map((pairs) => new Map(pairs)),
      async (activations) => {
        const text = formatAimetEncodings({ activations, parameters: new Map() }, {
          version: "2.0.0",
        });
        const file = await readEncodings(textSource(text));
        assertEquals(file.version, "2.0.0");
        assertEquals([...file.activations.keys()], [...activations.keys()]);
        for (const [name, { axis, encodings }] of activations) {
          const found = file.activations.get(name);
          assertEquals(found?.axis, axis);
          found?.encodings.forEach((grid, i) => {
            assertEquals([grid.bitwidth, grid.scale, grid.offset], [
              encodings[i]?.bitwidth,
              encodings[i]?.scale,
              encodings[i]?.offset,
            ]);
            assertAlmostEquals(grid.max, encodings[i]?.max ?? NaN);
          });
        }
      },
    ),
    { seed: 7, numRuns: 100 },
  );
});

Deno.test("formatAimetEncodings() writes version 2.0.0 with one list, after QuantizeLinear", () => {
  const grid = { bitwidth: 8, min: -1, max: 1.55, scale: 0.01, offset: -100, symmetric: false };
  const centred = { ...grid, offset: -128, symmetric: true };
  const text = formatAimetEncodings({
    activations: new Map([["a", { encodings: [grid] }]]),
    parameters: new Map([["w", { axis: 0, encodings: [centred, centred] }]]),
    types: {
      activations: new Map([["f", { kind: "float", bitwidth: 16 }]]),
      parameters: new Map(),
    },
  }, { version: "2.0.0" });
  assertEquals(JSON.parse(text), {
    version: "2.0.0",
    encodings: [
      { name: "a", output_dtype: "uint8", y_scale: 0.01, y_zero_point: 100 },
      { name: "f", output_dtype: "float16" },
      { name: "w", output_dtype: "int8", y_scale: [0.01, 0.01], axis: 0 },
    ],
  });
});

Deno.test("readEncodings() names what is wrong with entries of version 2", async () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ name: 5 }, "encodings entry 0 has name 5, expected the name of a tensor"],
    [
      { name: "a", output_dtype: "int40" },
      'encodings "a" has output_dtype "int40", expected int2 to int32, uint2 to uint32, or float16',
    ],
    [
      { name: "a", output_dtype: "uint8", y_scale: 0 },
      'encodings "a" has y_scale 0, expected a positive number',
    ],
    [
      { name: "a", output_dtype: "uint8", y_scale: 1, y_zero_point: 256 },
      'encodings "a" has y_zero_point 256, expected an integer from 0 to 255',
    ],
    [
      { name: "a", output_dtype: "int8", y_scale: 1, y_zero_point: 128 },
      'encodings "a" has y_zero_point 128, expected an integer from -128 to 127',
    ],
    [
      { name: "a", output_dtype: "uint8", y_zero_point: 3 },
      'encodings "a" has y_zero_point without y_scale, expected both',
    ],
    [
      { name: "a", output_dtype: "uint8", y_scale: "x" },
      'encodings "a" has y_scale "x", expected a finite number',
    ],
    [
      { name: "a", output_dtype: "uint8", y_scale: [[1]] },
      'encodings "a" has a list in y_scale, expected finite numbers',
    ],
    [
      { name: "a", output_dtype: "uint8", y_scale: [1, 2] },
      'encodings "a" has several scales without axis, expected an axis',
    ],
    [
      { name: "a", output_dtype: "uint8", y_scale: [1, 2], y_zero_point: [1], axis: 0 },
      'encodings "a" has 1 elements in y_zero_point, expected 2 as in y_scale',
    ],
    [
      { name: "a", output_dtype: "uint8", y_scale: [1, 2], axis: 0.5 },
      'encodings "a" has axis 0.5, expected an integer',
    ],
    [
      { name: "a", output_dtype: "uint8", y_scale: { x: [1] } },
      'the y_scale of "a" has no x_scale, expected both',
    ],
    [
      { name: "a", output_dtype: "uint8", y_scale: { x: [1, 2, 3], x_scale: [1, 2] } },
      'the y_scale of "a" has 2 elements in x_scale, expected 1 or 3 as in x',
    ],
  ];
  for (const [entry, problem] of cases) {
    assertEquals(
      (await assertRejects(() => read(entry), FormatError)).message,
      `Cannot read encodings "encodings.json": ${problem}`,
    );
  }
  const twice = { name: "a", output_dtype: "uint8" };
  await assertRejects(() => read(twice, twice), FormatError, '"a" appears twice, expected it once');
  assertEquals(
    (await assertRejects(() => readEncodings(textSource('{"version":"2.1.0"}')), FormatError))
      .message,
    'Cannot read encodings "encodings.json": the document has no "encodings", ' +
      "expected a list of encodings",
  );
});

Deno.test("readEncodings() refuses blocks and unusual floats of version 2", async () => {
  const cases: readonly (readonly [object, string])[] = [
    [
      { output_dtype: "int4", per_block_int_scale: [[1]], per_channel_float_scale: [1] },
      '"a" has per_block_int_scale, supported are encodings of a whole tensor and of channels',
    ],
    [
      { output_dtype: "int4", y_scale: [[1]], axis: 0, block_size: 32 },
      '"a" has block_size, supported are encodings of a whole tensor and of channels',
    ],
    [
      { output_dtype: "int4", y_scale: { x: [1], x_scale: 1, block_size: 8 } },
      'the y_scale of "a" has block_size, supported are encodings of a whole tensor and of channels',
    ],
    [
      { output_dtype: "float8e4m3fn" },
      '"a" has output_dtype float8e4m3fn, supported are float16 and float32',
    ],
  ];
  for (const [entry, problem] of cases) {
    assertEquals(
      (await assertRejects(() => read({ name: "a", ...entry }), UnsupportedError)).message,
      `Cannot read encodings "encodings.json": ${problem}`,
    );
  }
});
