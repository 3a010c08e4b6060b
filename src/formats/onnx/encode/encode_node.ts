import type { Attribute, Node } from "../../../graph/mod.ts";
import { writeInteger, writeString } from "./encode_message.ts";
import { encodeHeldTensor } from "./held_tensor.ts";
import { type BinaryWriter, WireType } from "./protobuf_writer.ts";

/** `AttributeProto.AttributeType` of each kind of attribute. */
const TYPE_NUMBER: Readonly<Record<Attribute["type"], number>> = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  floats: 6,
  ints: 7,
  strings: 8,
};

/** Writes a node as field `number` of the message being written. */
export function writeNode(writer: BinaryWriter, number: number, node: Node): void {
  writer.tag(number, WireType.LengthDelimited).fork();
  for (const input of node.inputs) writeString(writer, 1, input);
  for (const output of node.outputs) writeString(writer, 2, output);
  writeString(writer, 3, node.name);
  writeString(writer, 4, node.operator);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    writer.tag(5, WireType.LengthDelimited).fork();
    writeString(writer, 1, name);
    writeAttributeValue(writer, attribute);
    writeInteger(writer, 20, TYPE_NUMBER[attribute.type]);
    writer.join();
  }
  writer.join();
}

function writeAttributeValue(writer: BinaryWriter, attribute: Attribute): void {
  switch (attribute.type) {
    case "float":
      writer.tag(2, WireType.Bit32).float(attribute.value);
      break;
    case "int":
      writeInteger(writer, 3, attribute.value);
      break;
    case "string":
      writeString(writer, 4, attribute.value);
      break;
    case "tensor":
      writer.tag(5, WireType.LengthDelimited).bytes(encodeHeldTensor(attribute.value));
      break;
    case "floats":
      for (const value of attribute.value) writer.tag(7, WireType.Bit32).float(value);
      break;
    case "ints":
      for (const value of attribute.value) writeInteger(writer, 8, value);
      break;
    case "strings":
      for (const value of attribute.value) writeString(writer, 9, value);
      break;
  }
}
