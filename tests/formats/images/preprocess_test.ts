import { assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { FormatError } from "../../../src/errors.ts";
import {
  decodeImage,
  imageLayoutOf,
  imageSamples,
  listImages,
  preprocess,
} from "../../../src/formats/images/mod.ts";

const COCO = fromFileUrl(new URL("../../../testdata/coco/", import.meta.url));

/** Two pixels beside each other: (10, 20, 30) and (40, 50, 60). */
const PIXELS = {
  width: 2,
  height: 1,
  data: Uint8ClampedArray.of(10, 20, 30, 255, 40, 50, 60, 255),
};

Deno.test("preprocess() lays out channels first and last", () => {
  const first = preprocess(PIXELS, { name: "x", shape: [1, 3, 1, 2] });
  assertEquals([...first.data], [10, 40, 20, 50, 30, 60]);
  const last = preprocess(PIXELS, { name: "x", shape: [1, 1, 2, 3] });
  assertEquals([...last.data], [10, 20, 30, 40, 50, 60]);
});

Deno.test("preprocess() subtracts the mean and divides in the network's channel order", () => {
  const tensor = preprocess(PIXELS, { name: "x", shape: [1, 1, 2, 3] }, {
    mean: [1, 2, 3],
    std: [2],
    channelOrder: "bgr",
  });
  assertEquals([...tensor.data], [14.5, 9, 3.5, 29.5, 24, 18.5]);
});

Deno.test("preprocess() makes grey of colours by their luma", () => {
  const tensor = preprocess(PIXELS, { name: "x", shape: [1, 1, 1, 2] });
  assertAlmostEquals(Number(tensor.data[0]), 0.299 * 10 + 0.587 * 20 + 0.114 * 30, 1e-5);
});

Deno.test("preprocess() takes the centre", () => {
  const wide = {
    width: 4,
    height: 1,
    data: Uint8ClampedArray.from({ length: 16 }, (_, i) => i >> 2),
  };
  const tensor = preprocess(wide, { name: "x", shape: [1, 1, 1, 2] }, { resize: [4, 1] });
  assertAlmostEquals(Number(tensor.data[0]), 1, 1e-6);
  assertAlmostEquals(Number(tensor.data[1]), 2, 1e-6);
});

Deno.test("preprocess() refuses a photo smaller than the crop", () => {
  assertThrows(
    () => preprocess(PIXELS, { name: "x", shape: [1, 3, 8, 8] }, { resize: [2, 1] }),
    FormatError,
    "Cannot crop a photo of 2x1 to 8x8: resize it to at least the crop's size",
  );
});

Deno.test("preprocess() rounds halves of the longer side to even, as Python does", () => {
  const gradient = {
    width: 6,
    height: 4,
    data: Uint8ClampedArray.from({ length: 96 }, (_, i) => 10 * (i >> 2) % 60),
  };
  // 3 * 6 / 4 = 4.5 becomes 4: an input of 5 columns cannot be cut from it.
  assertThrows(
    () => preprocess(gradient, { name: "x", shape: [1, 1, 3, 5] }, { resize: 3 }),
    FormatError,
    "Cannot crop a photo of 4x3 to 5x3",
  );
  // 5 * 6 / 4 = 7.5 becomes 8.
  const { shape } = preprocess(gradient, { name: "x", shape: [1, 1, 5, 8] }, { resize: 5 });
  assertEquals(shape, [1, 1, 5, 8]);
});

Deno.test("preprocess() refuses to fill the memory with a photo of one row", () => {
  const row = { width: 60000, height: 1, data: new Uint8ClampedArray(240000) };
  assertThrows(
    () => preprocess(row, { name: "x", shape: [1, 3, 224, 224] }, { resize: 256 }),
    FormatError,
    "Cannot resize a photo of 60000x1 to 15360000x256: at most 67108864 pixels are held",
  );
});

Deno.test("imageLayoutOf() refuses what is no image", () => {
  assertThrows(
    () => imageLayoutOf("tokens", [1, 128]),
    RangeError,
    'Cannot feed images to input "tokens": its shape is [1,128]',
  );
});

Deno.test("decodeImage() gives the pixels that PIL gives", async () => {
  // The first pixels of this photo as Pillow decodes them.
  const [path] = await listImages(COCO);
  const { width, height, data } = await decodeImage(path ?? "");
  assertEquals([width, height], [640, 426]);
  assertEquals([...data.subarray(0, 8)], [170, 136, 73, 255, 173, 142, 77, 255]);
});

Deno.test("decodeImage() refuses other files and damaged ones", async () => {
  const text = await Deno.makeTempFile({ suffix: ".jpg" });
  try {
    await Deno.writeTextFile(text, "no photo");
    await assertRejects(
      () => decodeImage(text),
      FormatError,
      `Cannot decode image "${text}": it is neither a JPEG nor a PNG file`,
    );
    await Deno.writeFile(text, Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0));
    await assertRejects(
      () => decodeImage(text),
      FormatError,
      `Cannot decode image "${text}": the file is damaged`,
    );
  } finally {
    await Deno.remove(text);
  }
});

Deno.test("imageSamples() resizes the shorter side as PIL does", async () => {
  const [path = ""] = await listImages(COCO);
  const samples = imageSamples([path], { name: "x", shape: [1, 224, 224, 3] }, { resize: 256 });
  const tensor = (await samples.read(0)).get("x");
  // Pillow: resize((385, 256), BILINEAR), then the crop at column 80 and row 16.
  const pixel = (row: number, column: number): number[] =>
    [...tensor?.data.subarray(3 * (224 * row + column), 3 * (224 * row + column) + 3) ?? []]
      .map(Number);
  const expected = [[0, 0, 176, 144, 61], [111, 57, 143, 123, 101], [223, 223, 180, 130, 130]];
  for (const [row = 0, column = 0, ...colours] of expected) {
    assertEquals(pixel(row, column), colours);
  }
});
