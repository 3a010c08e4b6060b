import {
  type ModelMetadata,
  type Node,
  onnxCodeOfDataType,
  PINNED_OPSET,
  type ValueInfo,
} from "../../../graph/mod.ts";
import {
  fields,
  lengthDelimited,
  type MessagePart,
  writeInteger,
  writeString,
} from "./encode_message.ts";
import { writeNode } from "./encode_node.ts";
import { bytesOf, tensorParts } from "./encode_tensor.ts";
import { expandNodes } from "./expand_nodes.ts";
import { propertiesOf } from "../metadata_properties.ts";
import { type BinaryWriter, WireType } from "./protobuf_writer.ts";

/** The `ir_version` that ONNX 1.16 introduced together with opset 21. */
export const IR_VERSION = 10;

/** A graph whose initializers are serialized already. */
export interface GraphParts {
  /** The graph's name. */
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Network inputs. */
  readonly inputs: readonly ValueInfo[];
  /** Network outputs. */
  readonly outputs: readonly (ValueInfo | Pick<ValueInfo, "name">)[];
  /** One `TensorProto` each. */
  readonly initializers: readonly (readonly MessagePart[])[];
  /** The opset of the default domain; {@linkcode PINNED_OPSET} when absent. */
  readonly opset?: number;
  /** Producer and model version to note. */
  readonly metadata?: ModelMetadata;
}

/** A `ModelProto` in pieces: everything but the streamed tensors is in memory. */
export function modelParts(graph: GraphParts): MessagePart[] {
  const head = fields((writer) => {
    writeInteger(writer, 1, IR_VERSION);
    writeString(writer, 2, "dlcstream");
    writer.tag(8, WireType.LengthDelimited).fork();
    writeString(writer, 1, "");
    writeInteger(writer, 2, graph.opset ?? PINNED_OPSET);
    writer.join();
    for (const [key, value] of propertiesOf(graph.metadata ?? {})) {
      writer.tag(14, WireType.LengthDelimited).fork();
      writeString(writer, 1, key);
      writeString(writer, 2, value);
      writer.join();
    }
  });
  return [head, ...lengthDelimited(7, graphParts(graph))];
}

function graphParts(graph: GraphParts): MessagePart[] {
  const { nodes, initializers: made } = expandNodes(graph.nodes);
  const head = fields((writer) => {
    for (const node of nodes) writeNode(writer, 1, node);
    writeString(writer, 2, graph.name);
  });
  const tail = fields((writer) => {
    for (const input of graph.inputs) writeValueInfo(writer, 11, input);
    for (const output of graph.outputs) writeValueInfo(writer, 12, output);
  });
  const initializers = [
    ...graph.initializers,
    ...Array.from(
      made,
      ([name, tensor]) => tensorParts({ ...tensor, name }, bytesOf(name, tensor)),
    ),
  ].flatMap((parts) => lengthDelimited(5, parts));
  return [head, ...initializers, tail];
}

function writeValueInfo(
  writer: BinaryWriter,
  number: number,
  value: ValueInfo | Pick<ValueInfo, "name">,
): void {
  writer.tag(number, WireType.LengthDelimited).fork();
  writeString(writer, 1, value.name);
  if (!("dtype" in value)) return void writer.join();
  writer.tag(2, WireType.LengthDelimited).fork(); // TypeProto
  writer.tag(1, WireType.LengthDelimited).fork(); // TypeProto.Tensor
  writeInteger(writer, 1, onnxCodeOfDataType(value.dtype));
  writer.tag(2, WireType.LengthDelimited).fork(); // TensorShapeProto
  for (const dimension of value.shape) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writeInteger(writer, 1, dimension);
    writer.join();
  }
  writer.join().join().join().join();
}
