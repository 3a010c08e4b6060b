import { BinaryReader } from "../../src/io/protobuf_wire.ts";
import { BinaryWriter } from "../../src/formats/onnx/encode/protobuf_writer.ts";

const GRAPH = 7;
const NODE = 1;
const OPERATOR = 4;
const INITIALIZER = 5;
const INPUT = 11;
const OUTPUT = 12;
const TENSOR_NAME = 8;

/**
 * Makes inputs of an ONNX model constants: the operator tests hand over shapes and axes as inputs,
 * networks have them as constants.
 *
 * @param model The bytes of the model.
 * @param constants `TensorProto` bytes by input name.
 * @returns The bytes of the model with these initializers.
 */
export function freezeInputs(
  model: Uint8Array,
  constants: ReadonlyMap<string, Uint8Array>,
): Uint8Array {
  const reader = new BinaryReader(model);
  const writer = new BinaryWriter();
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [field, wireType] = reader.tag();
    if (field !== GRAPH) {
      reader.skip(wireType, field);
      writer.raw(model.subarray(start, reader.pos));
      continue;
    }
    writer.tag(GRAPH, 2).fork().raw(reader.bytes());
    for (const [name, tensor] of constants) {
      // Of a field that comes twice, the last counts.
      writer.tag(INITIALIZER, 2).fork().raw(tensor).tag(TENSOR_NAME, 2).string(name).join();
    }
    writer.join();
  }
  return writer.finish();
}

/** An input or output of a model: its name and the number of its element type. */
export interface ValueProto {
  readonly name: string;
  /** 0 where it is no tensor. */
  readonly elementType: number;
}

/** What a model says of its inputs, in order. */
export function inputProtos(model: Uint8Array): ValueProto[] {
  return payloads(model, [GRAPH, INPUT]).map(valueProto);
}

/** What a model says of its outputs, in order. */
export function outputProtos(model: Uint8Array): ValueProto[] {
  return payloads(model, [GRAPH, OUTPUT]).map(valueProto);
}

/** The operators of a model's nodes, in order. */
export function operatorsOf(model: Uint8Array): string[] {
  return payloads(model, [GRAPH, NODE, OPERATOR]).map((name) => new TextDecoder().decode(name));
}

function valueProto(value: Uint8Array): ValueProto {
  const [name] = payloads(value, [1]);
  const [type] = payloads(value, [2, 1]);
  const reader = new BinaryReader(type ?? new Uint8Array());
  const [field] = reader.len > 0 ? reader.tag() : [];
  return {
    name: new TextDecoder().decode(name),
    elementType: field === 1 ? reader.int32() : 0,
  };
}

/** What stands at a path of field numbers. */
export function payloads(message: Uint8Array, [number, ...path]: readonly number[]): Uint8Array[] {
  if (number === undefined) return [message];
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === number) found.push(...payloads(reader.bytes(), path));
    else reader.skip(wireType, field);
  }
  return found;
}
