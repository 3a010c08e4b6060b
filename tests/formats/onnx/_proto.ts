import { BinaryWriter, WireType } from "../../../src/formats/onnx/encode/protobuf_writer.ts";

/** Floats or doubles in a packed field, or floats each with a tag of its own. */
export interface Numbers {
  readonly kind: "floats" | "doubles" | "varints" | "unpackedFloats" | "unpackedVarints" | "float";
  readonly values: readonly number[];
}

/** A field's number and value: text, integer, nested message or numbers. */
export type FieldValue = string | number | bigint | Uint8Array | Numbers;

/** Serializes a protobuf message field by field, right or wrong. */
export function message(...fields: readonly (readonly [number, FieldValue])[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, value] of fields) writeField(writer, number, value);
  return writer.finish();
}

function writeField(writer: BinaryWriter, number: number, value: FieldValue): void {
  if (typeof value === "string") writer.tag(number, WireType.LengthDelimited).string(value);
  else if (value instanceof Uint8Array) {
    writer.tag(number, WireType.LengthDelimited).bytes(value);
  } else if (typeof value !== "object") writer.tag(number, WireType.Varint).int64(value);
  else if (value.kind === "float" || value.kind === "unpackedFloats") {
    for (const one of value.values) writer.tag(number, WireType.Bit32).float(one);
  } else if (value.kind === "unpackedVarints") {
    for (const one of value.values) writer.tag(number, WireType.Varint).int64(one);
  } else {
    writer.tag(number, WireType.LengthDelimited).fork();
    for (const one of value.values) {
      if (value.kind === "floats") writer.float(one);
      else if (value.kind === "doubles") writer.double(one);
      else writer.int64(one);
    }
    writer.join();
  }
}

/** An `AttributeProto` from a JavaScript value: integers, floats (`{ float }`), text, or a tensor. */
export function attribute(
  name: string,
  value: number | string | readonly number[] | { readonly floats: readonly number[] } | {
    readonly float: number;
  } | { readonly tensor: Uint8Array },
): Uint8Array {
  if (typeof value === "number") return message([1, name], [3, value], [20, 2]);
  if (typeof value === "string") return message([1, name], [4, value], [20, 3]);
  if ("float" in value) {
    return message([1, name], [2, { kind: "float", values: [value.float] }], [20, 1]);
  }
  if ("floats" in value) {
    return message([1, name], [7, { kind: "unpackedFloats", values: value.floats }], [20, 6]);
  }
  if ("tensor" in value) return message([1, name], [5, value.tensor], [20, 4]);
  return message([1, name], [8, { kind: "unpackedVarints", values: value }], [20, 7]);
}

/** A `NodeProto`. */
export function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  options: {
    readonly name?: string;
    readonly domain?: string;
    readonly attributes?: readonly Uint8Array[];
  } = {},
): Uint8Array {
  return message(
    ...inputs.map((input) => [1, input] as const),
    ...outputs.map((output) => [2, output] as const),
    [3, options.name ?? ""],
    [4, operator],
    ...(options.attributes ?? []).map((bytes) => [5, bytes] as const),
    ...(options.domain === undefined ? [] : [[7, options.domain] as const]),
  );
}

/** A `TensorProto` with its data fields given as they are. */
export function tensor(
  name: string,
  dataType: number,
  shape: readonly number[],
  ...data: readonly (readonly [number, FieldValue])[]
): Uint8Array {
  return message(...shape.map((size) => [1, size] as const), [2, dataType], ...data, [8, name]);
}

/** A float32 `TensorProto` with raw data. */
export function floats(
  name: string,
  shape: readonly number[],
  values: readonly number[],
): Uint8Array {
  return tensor(name, 1, shape, [9, new Uint8Array(Float32Array.from(values).buffer)]);
}

/** An int64 `TensorProto` with raw data. */
export function integers(name: string, shape: readonly number[], values: readonly number[]) {
  return tensor(name, 7, shape, [9, new Uint8Array(BigInt64Array.from(values, BigInt).buffer)]);
}

/** A `TensorProto` whose data is in another file. */
export function external(
  name: string,
  shape: readonly number[],
  entries: Readonly<Record<string, string>>,
): Uint8Array {
  return tensor(
    name,
    1,
    shape,
    ...Object.entries(entries).map(([key, value]) => [13, message([1, key], [2, value])] as const),
    [14, 1],
  );
}

/** A `ValueInfoProto`: dimensions are sizes, names, or `null` for neither. */
export function value(
  name: string,
  shape: readonly (number | string | null)[],
  dataType: number = 1,
): Uint8Array {
  const dimensions = shape.map((size) =>
    message(...(size === null ? [] : [[typeof size === "number" ? 1 : 2, size] as const]))
  );
  const shapeProto = message(...dimensions.map((bytes) => [1, bytes] as const));
  return message([1, name], [2, message([1, message([1, dataType], [2, shapeProto])])]);
}

/** Parts of a graph, each serialized. */
export interface GraphProtoParts {
  readonly nodes?: readonly Uint8Array[];
  readonly initializers?: readonly Uint8Array[];
  readonly inputs?: readonly Uint8Array[];
  readonly outputs?: readonly Uint8Array[];
  /** Further fields. */
  readonly more?: readonly (readonly [number, FieldValue])[];
}

/** A `ModelProto` around one graph. */
export function model(
  graph: GraphProtoParts,
  { opset = 21, irVersion = 8, more = [] }: {
    readonly opset?: number;
    readonly irVersion?: number;
    readonly more?: readonly (readonly [number, FieldValue])[];
  } = {},
): Uint8Array {
  const graphProto = message(
    ...(graph.nodes ?? []).map((bytes) => [1, bytes] as const),
    [2, "test graph"],
    ...(graph.initializers ?? []).map((bytes) => [5, bytes] as const),
    ...(graph.inputs ?? []).map((bytes) => [11, bytes] as const),
    ...(graph.outputs ?? []).map((bytes) => [12, bytes] as const),
    ...(graph.more ?? []),
  );
  return message(
    [1, irVersion],
    [2, "by hand"],
    [3, "1.0"],
    [7, graphProto],
    [8, message([1, ""], [2, opset])],
    ...more,
  );
}
