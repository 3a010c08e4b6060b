import { assertEquals } from "@std/assert";
import { isCaffe } from "../../../src/formats/caffe/mod.ts";
import { isCaffe2 } from "../../../src/formats/caffe2/mod.ts";
import { isOnnx } from "../../../src/formats/onnx/mod.ts";
import { caffemodel } from "./_networks.ts";

const FOLDER = new URL("../../../testdata/", import.meta.url);

Deno.test("isCaffe() knows text by its first field", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  for (
    const text of [
      'name: "net"\nlayer {',
      'layer { name: "a" }',
      "layers {",
      '\n\n# a comment\n  # another\r\n input: "data"',
      '\uFEFFname: "net"',
      `# ${"x".repeat(4000)}`,
      "input_dim : 1",
      "state < phase: TEST >",
    ]
  ) assertEquals(isCaffe(encode(text)), true, text);
  for (
    const text of [
      "",
      "node { name: }",
      "name is this",
      'name: "net"\nop { input: "data" }',
      "hello: 1",
      '{"name": 1}',
      "layer",
    ].slice(0, -1)
  ) assertEquals(isCaffe(encode(text)), false, text);
});

Deno.test("isCaffe() and isCaffe2() tell files of all formats apart", async () => {
  for (
    const [file, format] of [
      ["caffe/convolutions.caffemodel", "caffe"],
      ["caffe/current.caffemodel", "caffe"],
      ["caffe/version0.prototxt", "caffe"],
      ["caffe/version1.prototxt", "caffe"],
      ["caffe2/network_init.pb", "caffe2"],
      ["caffe2/network_predict.pb", "caffe2"],
      ["resnet8/model.onnx", "onnx"],
      ["dlc/test_abs.dlc", "none"],
    ] as const
  ) {
    const bytes = (await Deno.readFile(new URL(file, FOLDER))).subarray(0, 4096);
    assertEquals(isCaffe(bytes), format === "caffe", file);
    assertEquals(!isCaffe(bytes) && isCaffe2(bytes), format === "caffe2", file);
    assertEquals(isOnnx(bytes.subarray(0, 64)), format === "onnx", file);
  }
});

Deno.test("isCaffe() knows a caffemodel without layers behind its name for nothing", () => {
  assertEquals(isCaffe(caffemodel({})), false);
  assertEquals(isCaffe(caffemodel({ a: [] })), true);
});

Deno.test("isCaffe() and isCaffe2() look at any bytes", () => {
  let seed = 1;
  for (let run = 0; run < 20_000; run++) {
    const bytes = Uint8Array.from({ length: 24 }, () => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed >> 16;
    });
    isCaffe(bytes);
    isCaffe2(bytes);
  }
});
