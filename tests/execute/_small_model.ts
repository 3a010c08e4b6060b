import type { Attribute, Model, Node, ValueInfo } from "../../src/graph/mod.ts";
import { NO_ENCODINGS } from "../../src/graph/mod.ts";
import {
  countElements,
  type DataType,
  type DenseTensor,
  type Encoding,
  referenceDense,
  type SampleSource,
  type TensorData,
} from "../../src/tensor/mod.ts";

/** A float32 tensor, or one of the type given. */
export function tensor(
  shape: readonly number[],
  data: Iterable<number> | TensorData,
  dtype: DataType = "float32",
): DenseTensor {
  return { dtype, shape, data: ArrayBuffer.isView(data) ? data : Float32Array.from(data) };
}

/** A tensor with well-mixed elements in (-1, 1), always the same for the same seed. */
export function noise(shape: readonly number[], seed: number): DenseTensor {
  let state = seed >>> 0;
  const data = Float32Array.from({ length: countElements(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return { dtype: "float32", shape, data };
}

export function value(
  name: string,
  shape: readonly number[],
  dtype: DataType = "float32",
): ValueInfo {
  return { name, dtype, shape };
}

export function ints(values: readonly number[]): Attribute {
  return { type: "ints", value: values };
}

export function int(number: number): Attribute {
  return { type: "int", value: number };
}

/** `"Conv x,w,b -> y"` with attributes. */
export function node(text: string, attributes: Record<string, Attribute> = {}): Node {
  const [, operator = "", inputs = "", outputs = ""] = /^(\w+) (\S+) -> (\S+)$/.exec(text) ?? [];
  const names = outputs.split(",");
  return {
    name: `make_${names[0]}`,
    operator,
    inputs: inputs.split(","),
    outputs: names,
    attributes,
  };
}

/** A model in memory. The last value is the output unless outputs are named. */
export function smallModel(parts: {
  readonly inputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  readonly values: readonly ValueInfo[];
  readonly initializers?: Readonly<Record<string, DenseTensor>>;
  readonly outputs?: readonly string[];
  readonly encodings?: Readonly<Record<string, Encoding>>;
}): Model {
  const values = new Map([...parts.inputs, ...parts.values].map((info) => [info.name, info]));
  const outputs = parts.outputs ?? [parts.values.at(-1)?.name ?? ""];
  return {
    name: "small",
    inputs: parts.inputs,
    outputs: outputs.flatMap((name) => values.get(name) ?? []),
    nodes: parts.nodes,
    initializers: new Map(
      Object.entries(parts.initializers ?? {}).map((
        [name, dense],
      ) => [name, referenceDense(name, dense)]),
    ),
    values,
    encodings: {
      activations: new Map(
        Object.entries(parts.encodings ?? {}).map((
          [name, encoding],
        ) => [name, { encodings: [encoding] }]),
      ),
      parameters: new Map(),
    },
    overrides: NO_ENCODINGS,
    batchNorms: new Map(),
    metadata: {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** An 8-bit encoding. */
export function encoding(scale: number, offset: number): Encoding {
  return {
    bitwidth: 8,
    scale,
    offset,
    min: scale * offset,
    max: scale * (offset + 255),
    symmetric: false,
  };
}

/** Samples in memory, each with the one input `x`. */
export function samplesOf(...tensors: readonly DenseTensor[]): SampleSource {
  return {
    length: tensors.length,
    read(index: number) {
      const x = tensors[index];
      return Promise.resolve(new Map(x === undefined ? [] : [["x", x]]));
    },
  };
}

/** Four convolutions in a row with a residual addition, and a classifier: 1 MB of weights. */
export function convolutionNetwork(): Model {
  return smallModel({
    inputs: [value("x", [1, 8, 12, 12])],
    nodes: [
      node("Conv x,w1,b1 -> c1", { pads: ints([1, 1, 1, 1]) }),
      node("Relu c1 -> r1"),
      node("Conv r1,w2,b2 -> c2", { pads: ints([1, 1, 1, 1]), group: int(32) }),
      node("Add c2,r1 -> a"),
      node("Conv a,w3 -> c3"),
      node("GlobalAveragePool c3 -> p"),
      node("Flatten p -> f"),
      node("Gemm f,w4,b4 -> y", { transB: int(1) }),
    ],
    values: [
      value("c1", [1, 32, 12, 12]),
      value("r1", [1, 32, 12, 12]),
      value("c2", [1, 32, 12, 12]),
      value("a", [1, 32, 12, 12]),
      value("c3", [1, 512, 12, 12]),
      value("p", [1, 512, 1, 1]),
      value("f", [1, 512]),
      value("y", [1, 400]),
    ],
    initializers: {
      w1: noise([32, 8, 3, 3], 1),
      b1: noise([32], 2),
      w2: noise([32, 1, 3, 3], 3),
      b2: noise([32], 4),
      w3: noise([512, 32, 1, 1], 5),
      w4: noise([400, 512], 6),
      b4: noise([400], 7),
    },
  });
}
