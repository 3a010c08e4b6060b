import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import { overrideEncoding } from "../../src/quantize/override_encoding.ts";
import type { Encoding } from "../../src/tensor/mod.ts";
import { convolutionModel } from "./small_model.ts";

const MODEL = convolutionModel();

function grid(numbers: Partial<Encoding>): Encoding {
  return { bitwidth: 8, min: -1, max: 1, scale: 1, offset: 0, symmetric: false, ...numbers };
}

Deno.test("overrideEncoding() lets bit width, min and max decide", () => {
  const given = grid({ min: -17.530067, max: 12.271047, scale: 3, offset: -7 });
  const [encoding] = overrideEncoding(MODEL, "relu", { encodings: [given] }).encodings;
  assertEquals(encoding?.offset, -150);
  assertAlmostEquals(encoding?.scale ?? NaN, 0.116867, 1e-6);
});

Deno.test("overrideEncoding() does not widen a narrow range", () => {
  const given = grid({ min: 0, max: 0.001 });
  const [encoding] = overrideEncoding(MODEL, "relu", { encodings: [given] }).encodings;
  assertEquals(encoding?.max, 0.001);
});

Deno.test("overrideEncoding() keeps a grid that already agrees", () => {
  const scale = Math.fround(0.1);
  const given = grid({ min: scale * -128, max: scale * 127, scale, offset: -128, symmetric: true });
  assertEquals(overrideEncoding(MODEL, "w", { encodings: [given] }).encodings[0], given);
});

Deno.test("overrideEncoding() widens a strict symmetric grid by a code", () => {
  const given = grid({ min: -127, max: 127, scale: 1, offset: -127, symmetric: true });
  const [encoding] = overrideEncoding(MODEL, "w", { encodings: [given] }).encodings;
  // The other codes mean what they meant.
  assertEquals(encoding, {
    bitwidth: 8,
    min: -128,
    max: 127,
    scale: 1,
    offset: -128,
    symmetric: true,
  });
});

Deno.test("overrideEncoding() takes the axis of a list from the layer", () => {
  const encodings = [grid({ min: 0, max: 1 }), grid({ min: 0, max: 2 }), grid({ min: 0, max: 3 })];
  assertEquals(overrideEncoding(MODEL, "v", { encodings }).axis, 1);
  assertEquals(overrideEncoding(MODEL, "w", { encodings: encodings.slice(1) }).axis, 0);
  assertEquals(overrideEncoding(MODEL, "w", { axis: 0, encodings: encodings.slice(1) }).axis, 0);
  assertEquals(overrideEncoding(MODEL, "v", { axis: -1, encodings }).axis, 1);
  assertEquals(
    assertThrows(
      () => overrideEncoding(MODEL, "w", { axis: 1, encodings: encodings.slice(1) }),
      FormatError,
    ).message,
    'Cannot use the override of "w": its encodings run along axis 1, expected 0, ' +
      "the output channels of its layer",
  );
});

Deno.test("overrideEncoding() names what does not fit", () => {
  const cases: readonly (readonly [string, readonly Encoding[], string])[] = [
    ["w", Array(3).fill(grid({})), "it has 3 encodings, expected 1 or 2, one an output channel"],
    ["relu", Array(2).fill(grid({})), "it has 2 encodings, expected 1"],
    ["w", [], "it has 0 encodings, expected 1 or 2, one an output channel"],
    ["w", [grid({ bitwidth: 7 })], "bit width 7, expected one of 4, 8, 16, 32"],
    [
      "w",
      [grid({ min: 2, max: 1 })],
      "range [2, 1], expected finite min <= max, not both 0",
    ],
    [
      "w",
      [grid({ min: 0, max: 0 })],
      "range [0, 0], expected finite min <= max, not both 0",
    ],
    [
      "w",
      [grid({ max: Infinity })],
      "range [-1, Infinity], expected finite min <= max, not both 0",
    ],
  ];
  for (const [name, encodings, problem] of cases) {
    assertEquals(
      assertThrows(() => overrideEncoding(MODEL, name, { encodings }), FormatError).message,
      `Cannot use the override of "${name}": ${problem}`,
    );
  }
});
