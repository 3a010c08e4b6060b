import { type FieldValue, message } from "../onnx/_proto.ts";

/** An attribute as tests write it: integer, float, bool, text, type, list, shape, function, … */
export type TestAttribute =
  | { readonly i: number }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly s: string }
  | { readonly type: number }
  | { readonly ints: readonly number[] }
  | { readonly shape: readonly number[] | null }
  | { readonly tensor: Uint8Array }
  | { readonly func: string };

/** A `TensorShapeProto`; `null` for an unknown rank. */
export function shapeProto(shape: readonly number[] | null): Uint8Array {
  if (shape === null) return message([3, 1]);
  return message(...shape.map((size) => [2, message([1, size])] as const));
}

function attributeValue(attribute: TestAttribute): Uint8Array {
  if ("i" in attribute) return message([3, attribute.i]);
  if ("f" in attribute) return message([4, { kind: "float", values: [attribute.f] }]);
  if ("b" in attribute) return message([5, attribute.b ? 1 : 0]);
  if ("s" in attribute) return message([2, attribute.s]);
  if ("type" in attribute) return message([6, attribute.type]);
  if ("shape" in attribute) return message([7, shapeProto(attribute.shape)]);
  if ("tensor" in attribute) return message([8, attribute.tensor]);
  if ("func" in attribute) return message([10, message([1, attribute.func])]);
  return message([1, message([3, { kind: "varints", values: attribute.ints }])]);
}

/** A `NodeDef`. */
export function node(
  name: string,
  operator: string,
  inputs: readonly string[] = [],
  attributes: Readonly<Record<string, TestAttribute>> = {},
): Uint8Array {
  return message(
    [1, name],
    [2, operator],
    ...inputs.map((input) => [3, input] as const),
    ...Object.entries(attributes).map(([key, value]) =>
      [5, message([1, key], [2, attributeValue(value)])] as const
    ),
  );
}

/** A placeholder of float32. */
export function placeholder(name: string, shape: readonly number[] | null): Uint8Array {
  return node(name, "Placeholder", [], { dtype: { type: 1 }, shape: { shape } });
}

/** A `TensorProto` with its data fields given as they are. */
export function tensor(
  type: number,
  shape: readonly number[],
  ...data: readonly (readonly [number, FieldValue])[]
): Uint8Array {
  return message([1, type], [2, shapeProto(shape)], ...data);
}

/** A `Const` node. */
export function constant(name: string, value: Uint8Array): Uint8Array {
  return node(name, "Const", [], { value: { tensor: value } });
}

/** A `Const` node with float32. */
export function floats(
  name: string,
  shape: readonly number[],
  values: readonly number[],
): Uint8Array {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return constant(name, tensor(1, shape, [4, bytes]));
}

/** A `Const` node with a vector of int32, or a scalar. */
export function integers(name: string, values: readonly number[] | number): Uint8Array {
  const shape = typeof values === "number" ? [] : [values.length];
  const bytes = new Uint8Array(Int32Array.from([values].flat()).buffer);
  return constant(name, tensor(3, shape, [4, bytes]));
}

/** A `FunctionDef` with one result. */
export function functionDef(
  name: string,
  { inputs, nodes, result }: {
    readonly inputs: readonly string[];
    readonly nodes: readonly Uint8Array[];
    readonly result: string;
  },
): Uint8Array {
  return message(
    [
      1,
      message(
        [1, name],
        ...inputs.map((input) => [2, message([1, input])] as const),
        [3, message([1, "out"])],
      ),
    ],
    ...nodes.map((bytes) => [3, bytes] as const),
    [4, message([1, "out"], [2, result])],
  );
}

/** A `GraphDef`. */
export function graph(
  nodes: readonly Uint8Array[],
  functions: readonly Uint8Array[] = [],
): Uint8Array {
  return message(
    ...nodes.map((bytes) => [1, bytes] as const),
    ...(functions.length === 0
      ? []
      : [[2, message(...functions.map((bytes) => [1, bytes] as const))] as const]),
  );
}
