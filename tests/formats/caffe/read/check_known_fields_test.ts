import { assertEquals, assertThrows } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../../src/errors.ts";
import { checkKnownFields } from "../../../../src/formats/caffe/read/caffe_message.ts";
import { parsePrototxt } from "../../../../src/formats/caffe/read/parse_prototxt.ts";
import { readNet } from "../../../../src/formats/caffe/read/read_net.ts";
import { openSource } from "../../../../src/io/mod.ts";
import { caffemodel } from "../_networks.ts";

function textError(text: string): string {
  const [layer] = parsePrototxt(text, "a.prototxt").messages("layer");
  return assertThrows(() => layer && checkKnownFields(layer, "a.prototxt"), FormatError).message;
}

/** A layer of a type with an embedded message under a number that caffe.proto does not have. */
async function binaryLayer(type: string) {
  const bytes = caffemodel({ up: [] }, (_, writer) => {
    writer.uint32(2170 << 3 | 2).fork().uint32(1 << 3).int32(2).join();
    writer.uint32(2 << 3 | 2).string(type);
  });
  await using source = await openSource(bytes, { name: "a.caffemodel" });
  const [layer] = (await readNet(source)).messages("layer");
  return layer;
}

Deno.test("checkKnownFields() names the layer, the field and where it is", () => {
  assertEquals(
    textError(`layer { name: "p" type: "Pooling"\n pooling_param { kernel_sise: 3 } }`),
    'Cannot read layer "p" of "a.prototxt" at line 2, column 18: Pooling has no field ' +
      '"kernel_sise", nearest is "kernel_size"',
  );
  assertEquals(
    textError(`layer { name: "r" type: "ReLU" zork: 3 }`),
    'Cannot read layer "r" of "a.prototxt" at line 1, column 32: LayerParameter has no field "zork"',
  );
});

Deno.test("checkKnownFields() refuses settings of forks that the binary form does not tell apart", async () => {
  for (const type of ["Upsample", "ReLU6", "Reorg", "Interp"]) {
    const layer = await binaryLayer(type);
    assertEquals(
      assertThrows(() => layer && checkKnownFields(layer, "a.caffemodel"), UnsupportedError)
        .message,
      `Cannot convert layer "up" (${type}) of "a.caffemodel": its settings are in field 2170, ` +
        "whose meaning differs between forks of Caffe; the prototxt of the network, with this file " +
        "as --caffe-bin, would work",
    );
  }
  const other = await binaryLayer("ReLU");
  if (other !== undefined) checkKnownFields(other, "a.caffemodel");
  assertEquals(other?.string("type"), "ReLU");
});
