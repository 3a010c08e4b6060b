import { assertEquals } from "@std/assert";
import {
  byteLengthOf,
  bytesOfTensorData,
  createTensorData,
  heldBytesPerElement,
  holdsDataType,
  viewTensorData,
} from "../../src/tensor/mod.ts";

Deno.test("byteLengthOf() rounds 4-bit integers up to whole bytes", () => {
  assertEquals(byteLengthOf("int4", 3), 2);
  assertEquals(byteLengthOf("uint4", 4), 2);
  assertEquals(byteLengthOf("bool", 3), 3);
  assertEquals(byteLengthOf("float16", 3), 6);
  assertEquals(byteLengthOf("int64", 2 ** 40), 2 ** 43);
});

Deno.test("viewTensorData() sees the bytes of createTensorData()", () => {
  const data = createTensorData("bfloat16", 3);
  assertEquals(data, new Uint16Array(3));
  const bytes = new Uint8Array([0, 0, 0x80, 0x3f, 1, 0]);
  assertEquals(viewTensorData("bfloat16", bytes.subarray(2)), new Uint16Array([0x3f80, 1]));
  assertEquals(viewTensorData("int8", bytes, 2), new Int8Array(2));
  assertEquals(bytesOfTensorData(new Uint16Array([0x3f80])), new Uint8Array([0x80, 0x3f]));
});

Deno.test("heldBytesPerElement() counts a whole byte for 4-bit integers", () => {
  assertEquals(heldBytesPerElement("int4"), 1);
  assertEquals(heldBytesPerElement("float16"), 2);
  assertEquals(heldBytesPerElement("uint64"), 8);
});

Deno.test("holdsDataType() tells the kind of array", () => {
  assertEquals(holdsDataType(new Uint8Array(1), "bool"), true);
  assertEquals(holdsDataType(new Uint8Array(1), "int8"), false);
});
