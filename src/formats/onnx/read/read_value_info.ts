import { FormatError } from "../../../errors.ts";
import { type ProtobufField, shortText } from "../../../io/mod.ts";
import { MAX_RANK } from "./limits.ts";

/** A dimension as a file declares it: a size, the name of an unknown size, or `""`. */
export type DeclaredDimension = number | string;

/** Name and type of a network input or output as a file declares them. */
export interface DeclaredValue {
  /** The name. */
  readonly name: string;
  /** A `TensorProto.DataType`; 0 if the type is not given. */
  readonly elementType: number;
  /** The dimensions, unless even the rank is not given. */
  readonly shape: readonly DeclaredDimension[] | undefined;
  /** What it is if no tensor: a sequence, a map, …. */
  readonly otherType: string | undefined;
}

/** Fields of `TypeProto` other than `tensor_type` and `denotation`. */
const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
  [4, "a sequence"],
  [5, "a map"],
  [7, "opaque"],
  [8, "a sparse tensor"],
  [9, "optional"],
]);

/**
 * Reads the declaration of a network input or output.
 *
 * @param field The field that holds the `ValueInfoProto`.
 * @throws {FormatError} If it is too long to be one.
 */
export function readValueInfo(field: ProtobufField): DeclaredValue {
  if (!field.loaded) throw tooLong(field, `${field.byteLength} bytes`);
  const value: { -readonly [K in keyof DeclaredValue]: DeclaredValue[K] } = {
    name: "",
    elementType: 0,
    shape: undefined,
    otherType: undefined,
  };
  for (const part of field.fields("ValueInfoProto")) {
    if (part.number === 1) value.name = shortText(part, "the name of a value");
    if (part.number !== 2) continue;
    for (const type of part.fields("TypeProto")) {
      value.otherType ??= OTHER_TYPES.get(type.number);
      if (type.number !== 1) continue;
      for (const tensor of type.fields("TypeProto.Tensor")) {
        if (tensor.number === 1) value.elementType = tensor.integer();
        if (tensor.number === 2) value.shape = readShape(tensor);
      }
    }
  }
  return value;
}

function readShape(field: ProtobufField): DeclaredDimension[] {
  const shape: DeclaredDimension[] = [];
  for (const part of field.fields("TensorShapeProto")) {
    if (part.number !== 1) continue;
    let dimension: DeclaredDimension = "";
    for (const choice of part.fields("TensorShapeProto.Dimension")) {
      if (choice.number === 1) dimension = choice.integer();
      if (choice.number === 2) dimension = shortText(choice, "the name of a dimension");
    }
    // Some exporters write -1 for a size they do not know.
    shape.push(typeof dimension === "number" && dimension < 0 ? "" : dimension);
    if (shape.length > MAX_RANK) throw tooLong(field, `more than ${MAX_RANK} dimensions`);
  }
  return shape;
}

function tooLong(field: ProtobufField, found: string): FormatError {
  return new FormatError(
    `Cannot read "${field.source.name}": the declaration of a value at byte ${field.offset} has ` +
      `${found}`,
    { file: field.source.name, offset: field.offset, found },
  );
}
