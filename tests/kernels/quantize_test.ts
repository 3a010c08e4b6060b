import { assertEquals, assertThrows } from "@std/assert";
import {
  allocate,
  type CodeArray,
  quantize,
  quantizeToInt32,
  quantizeToInt8,
  quantizeToUint16,
  quantizeToUint8,
} from "../../src/kernels/mod.ts";
import { createFloats, createRandom, inAndOutside, LENGTHS } from "./_arrays.ts";
import { codeOf, floatsNearTies, type Grid, gridsOf } from "./_reference.ts";

function expectedCodes(data: Float32Array, grid: Grid): number[] {
  return Array.from(data, (value) => codeOf(value, grid));
}

/** Ties along the whole grid, at most 300 of them. */
function* tiesOf({ levels }: Grid): Generator<number> {
  const step = Math.max(1, Math.floor(levels / 300));
  for (let tie = -2; tie <= levels; tie += step) yield tie;
}

Deno.test("quantizeToUint8() gives the codes of the worked example", () => {
  const codes = new Uint8Array(4);
  const data = new Float32Array([-1.8, -1, 0, 0.5]);
  quantizeToUint8(data, codes, { scale: 2.3 / 255, offset: -200 });
  assertEquals([...codes], [0, 89, 200, 255]);
});

Deno.test("quantizeToUint8() and quantizeToInt8() give the simulator's codes", () => {
  const data = new Float32Array([-0.5, -0.25, 0, 0.25, 0.5, 0.75]);
  const options = { scale: 1.18 / 255, offset: -99 };
  const unsigned = new Uint8Array(6);
  quantizeToUint8(data, unsigned, options);
  assertEquals([...unsigned], [0, 45, 99, 153, 207, 255]);
  const signed = new Int8Array(6);
  quantizeToInt8(data, signed, options);
  assertEquals([...signed], [-128, -83, -29, 25, 79, 127]);
});

Deno.test("quantize() rounds ties away from zero", () => {
  const codes = new Uint8Array(5);
  quantize(new Float32Array([0.5, 1.5, 2.5, -0.5, -1.5]), codes, { scale: 1, offset: -2 });
  assertEquals([...codes], [3, 4, 5, 2, 1]);
});

Deno.test("quantize() takes the largest double under a half down", () => {
  const x = 2 - 2 ** -23;
  const scale = 2 * x + 2 ** -51;
  assertEquals(x / scale, 0.49999999999999994);
  assertEquals(Math.floor(x / scale + 0.5), 1);
  for (const codes of [new Uint8Array(20), new Uint16Array(20)]) {
    quantize(new Float32Array(20).fill(x), codes, { scale, offset: 0 });
    assertEquals([...codes], Array(20).fill(0));
  }
});

Deno.test("quantize() equals the rule in doubles at and beside all ties, 8 bits", () => {
  for (const levels of [256, 255, 16, 15, 2]) {
    for (const grid of gridsOf(levels)) {
      const data = floatsNearTies(grid, tiesOf(grid));
      const expected = expectedCodes(data, grid);
      inAndOutside(data, (view) => {
        const codes = new Uint8Array(data.length);
        quantizeToUint8(view, codes, grid);
        assertEquals(Array.from(codes), expected, JSON.stringify(grid));
      });
    }
  }
});

Deno.test("quantize() equals the rule in doubles at and beside ties, 16 and 32 bits", () => {
  for (const grid of [...gridsOf(65536), ...gridsOf(2 ** 32)]) {
    const data = floatsNearTies(grid, tiesOf(grid));
    const codes = grid.levels > 65536 ? new Uint32Array(data.length) : new Uint16Array(data.length);
    quantize(data, codes, grid);
    assertEquals(Array.from(codes), expectedCodes(data, grid), JSON.stringify(grid));
  }
});

Deno.test("quantize() equals the rule in doubles on random floats of every size", () => {
  const random = createRandom(11);
  const bits = Uint32Array.from({ length: 20000 }, () => random() * 2 ** 32);
  const anything = new Float32Array(bits.buffer);
  for (let round = 0; round < 20; round++) {
    const scale = 2 ** (random() * 20 - 15);
    const grid = { scale, offset: -Math.floor(random() * 256), levels: 256 };
    const data = round % 2 === 0 ? anything : createFloats(20000, round);
    const codes = new Uint8Array(data.length);
    quantizeToUint8(data, codes, grid);
    assertEquals(Array.from(codes), expectedCodes(data, grid));
  }
});

Deno.test("quantize() equals the rule in doubles at every length", () => {
  const grid = { scale: 0.013, offset: -97, levels: 256 };
  for (const length of LENGTHS) {
    const data = createFloats(length, length);
    const expected = expectedCodes(data, grid);
    inAndOutside(data, (view) => {
      const codes = new Uint8Array(length + 2).fill(7);
      quantizeToUint8(view, codes.subarray(1, -1), grid);
      assertEquals(Array.from(codes), [7, ...expected, 7]);
      using buffer = allocate(length * 2 + 3);
      const placed = buffer.uint16().subarray(1);
      quantizeToUint16(view, placed.subarray(0, length), { ...grid, levels: 65536 });
      assertEquals(
        Array.from(placed.subarray(0, length)),
        expectedCodes(data, { ...grid, levels: 65536 }),
      );
    });
  }
});

Deno.test("quantize() clamps infinities and gives NaN the code 0", () => {
  const data = new Float32Array(20).fill(1);
  data.set([Infinity, -Infinity, NaN]);
  data.set([NaN, Infinity], 18);
  for (const scale of [1, 1e-40]) {
    inAndOutside(data, (view) => {
      const codes = new Uint8Array(20);
      quantizeToUint8(view, codes, { scale, offset: -9 });
      const middle = scale === 1 ? 10 : 255;
      assertEquals([...codes], [255, 0, 0, ...Array(15).fill(middle), 0, 255]);
      const wide = new Uint16Array(20);
      quantizeToUint16(view, wide, { scale: 1, offset: -9 });
      assertEquals([...wide.subarray(0, 4)], [65535, 0, 0, 10]);
    });
  }
});

Deno.test("quantize() stores signed codes less half the levels, or as told", () => {
  const data = new Float32Array([-10, -1, 0, 1, 10]);
  const store = (target: CodeArray, levels?: number, shift?: number) => {
    quantize(data, target, {
      scale: 1,
      offset: -7,
      ...levels === undefined ? {} : { levels },
      ...shift === undefined ? {} : { shift },
    });
    return [...target];
  };
  assertEquals(store(new Int8Array(5), 16), [-8, -2, -1, 0, 7]);
  assertEquals(store(new Int8Array(5), 15), [-7, -1, 0, 1, 7]);
  assertEquals(store(new Uint8Array(5), 16), [0, 6, 7, 8, 15]);
  assertEquals(store(new Int8Array(5), 16, 0), [0, 6, 7, 8, 15]);
  assertEquals(store(new Int16Array(5)), [-32768, -32762, -32761, -32760, -32751]);
  assertEquals(store(new Int32Array(5), 16, 7), [-7, -1, 0, 1, 8]);
});

Deno.test("quantizeToInt32() keeps a symmetric 32-bit bias to the last code", () => {
  const data = new Float32Array([-0.029826, 0, 0.029826, 1, -1]);
  const codes = new Int32Array(5);
  const scale = 0.029826 / 2 ** 31;
  const offset = -(2 ** 31);
  quantizeToInt32(data, codes, { scale, offset });
  assertEquals(
    [...codes],
    Array.from(data, (x) => codeOf(x, { scale, offset, levels: 2 ** 32 }) - 2 ** 31),
  );
  assertEquals([codes[1], codes[3], codes[4]], [0, 2 ** 31 - 1, -(2 ** 31)]);
});

Deno.test("quantize() may write its codes over the data", () => {
  const data = createFloats(40000, 9);
  const grid = { scale: 0.02, offset: -128, levels: 256 };
  const expected = expectedCodes(data, grid);
  inAndOutside(data, (view) => {
    const codes = new Uint8Array(view.buffer, view.byteOffset, view.length);
    quantizeToUint8(view, codes, grid);
    assertEquals(Array.from(codes), expected);
  });
  inAndOutside(data, (view) => {
    const codes = new Int32Array(view.buffer, view.byteOffset, view.length);
    quantizeToInt32(view, codes, { ...grid, shift: 0 });
    assertEquals(Array.from(codes), expected);
  });
});

Deno.test("quantize() refuses impossible grids and storage", () => {
  const data = new Float32Array(2);
  const two = new Uint8Array(2);
  for (const [scale, offset] of [[0, 0], [-1, 0], [NaN, 0], [Infinity, 0], [1, 0.5], [1, NaN]]) {
    assertThrows(
      () => quantize(data, two, { scale: scale ?? 0, offset: offset ?? 0 }),
      RangeError,
      `Cannot use the encoding: scale ${scale}, offset ${offset}; ` +
        "expected a positive scale and an integer offset",
    );
  }
  assertThrows(
    () => quantize(data, two, { scale: 1, offset: 0, levels: 257 }),
    RangeError,
    "Cannot store 257 codes less 0: they do not fit unsigned integers of 8 bits",
  );
  assertThrows(
    () => quantize(data, new Int8Array(2), { scale: 1, offset: 0, shift: 0 }),
    RangeError,
    "Cannot store 256 codes less 0: they do not fit signed integers of 8 bits",
  );
  assertThrows(
    () => quantize(data, new Uint16Array(3), { scale: 1, offset: 0 }),
    RangeError,
    "Cannot convert 2 elements: the target has 3",
  );
});
