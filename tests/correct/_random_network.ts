import type { Attribute, Model, Node, ValueInfo } from "../../src/graph/mod.ts";
import { int, ints, node, noise, smallModel, value } from "../execute/_small_model.ts";

/** One step of a random network: what it does, and which earlier values it does it to. */
export type Step = readonly [kind: number, from: number, other: number];

/** Nodes with the shapes of their outputs; they read earlier values as `x` and `z`, and make `y`. */
type Part = readonly (readonly [string, readonly number[][], Record<string, Attribute>?])[];

const SHAPE = [1, 4, 6, 6];

const PADDED = { pads: ints([1, 1, 1, 1]) };

/** What steps do. Names of weights end in their shapes. */
const PARTS: readonly Part[] = [
  [["Conv x,w4.4.1.1,b4 -> y", [SHAPE]]],
  [["Conv x,w4.4.1.1 -> y", [SHAPE]]],
  [["Conv x,w4.4.3.3,b4 -> y", [SHAPE], PADDED]],
  [["Conv x,w4.1.3.3 -> y", [SHAPE], { ...PADDED, group: int(4) }]],
  [
    ["Conv x,w6.2.3.3,b6 -> small", [[1, 6, 4, 4]], { group: int(2) }],
    ["ConvTranspose small,w6.4.3.3,b4 -> y", [SHAPE]],
  ],
  [
    ["Conv x,w4.4.2.2 -> half", [[1, 4, 3, 3]], { strides: ints([2, 2]) }],
    ["Conv half,w4.4.1.1,b4 -> mixed", [[1, 4, 3, 3]]],
    ["ConvTranspose mixed,w4.4.2.2 -> y", [SHAPE], { strides: ints([2, 2]) }],
  ],
  [["Relu x -> y", [SHAPE]]],
  [["Sigmoid x -> y", [SHAPE]]],
  [["Add x,z -> y", [SHAPE]]],
  [["Add x,x -> y", [SHAPE]]],
  [["Add x,c4.1.1 -> y", [SHAPE]]],
  [["Sigmoid z -> gate", [SHAPE]], ["Mul x,gate -> y", [SHAPE]]],
  [["MatMul x,w6.6 -> y", [SHAPE]]],
  [["MatMul x,w6.6 -> product", [SHAPE]], ["Add product,b6 -> y", [SHAPE]]],
  [["Concat x,z -> both", [[1, 8, 6, 6]], { axis: int(1) }], ["Conv both,w4.8.1.1,b4 -> y", [
    SHAPE,
  ]]],
  [
    ["Split x -> first,second", [[1, 2, 6, 6], [1, 2, 6, 6]], {
      axis: int(1),
      num_outputs: int(2),
    }],
    ["Concat second,first -> y", [SHAPE], { axis: int(1) }],
  ],
  [
    ["GlobalAveragePool z -> pooled", [[1, 4, 1, 1]]],
    ["Flatten pooled -> flat", [[1, 4]]],
    ["Gemm flat,w4.6,b6 -> hidden", [[1, 6]], { beta: { type: "float", value: 0.5 } }],
    ["Gemm hidden,w4.6,b1.4 -> gates", [[1, 4]], { transB: int(1) }],
    ["Reshape gates,s1.4.1.1 -> image", [[1, 4, 1, 1]]],
    ["Add x,image -> y", [SHAPE]],
  ],
  [
    ["GlobalAveragePool z -> pooled", [[1, 4, 1, 1]]],
    ["Reshape pooled,s4 -> bias", [[4]]],
    ["Conv x,w4.4.1.1,bias -> y", [SHAPE]],
  ],
];

/** How many kinds of steps there are. */
export const KINDS = PARTS.length;

/**
 * A network of these steps: layers of all kinds with and without biases, some with the same weight
 * or bias, sums, branches, several outputs. All that nobody reads is an output.
 */
export function randomNetwork(steps: readonly Step[]): Model {
  const images = ["x"];
  const nodes: Node[] = [];
  const values: ValueInfo[] = [];
  for (const [index, [kind, from, other]] of steps.entries()) {
    // Mostly deep, seldom wide.
    const at = (back: number) => images.at(-1 - (back % Math.min(3, images.length))) ?? "x";
    const names: Record<string, string> = { x: at(from), z: at(other) };
    const rename = (name: string) => names[name] ?? name;
    for (const [text, shapes, attributes] of PARTS[kind % KINDS] ?? []) {
      const [operator = "", inputs = "", , outputs = ""] = text.split(" ");
      const read = inputs.split(",").map(rename);
      for (const [i, name] of outputs.split(",").entries()) {
        names[name] = `${name}${index}`;
        values.push(value(`${name}${index}`, shapes[i] ?? []));
      }
      nodes.push(
        node(`${operator} ${read} -> ${outputs.split(",").map(rename)}`, attributes),
      );
    }
    images.push(rename("y"));
  }
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const made = new Set(values.map(({ name }) => name));
  return smallModel({
    inputs: [value("x", SHAPE)],
    nodes,
    values,
    outputs: [...made.difference(read)],
    initializers: Object.fromEntries(
      [...read.difference(made)].filter((name) => name !== "x").map((
        name,
      ) => [name, constant(name)]),
    ),
  });
}

/** The constant that a name describes: a shape of int64, or noise. */
function constant(name: string) {
  const shape = name.slice(1).split(".").map(Number);
  if (name.startsWith("s")) {
    return {
      dtype: "int64",
      shape: [shape.length],
      data: BigInt64Array.from(shape, BigInt),
    } as const;
  }
  const { data } = noise(shape, name.length + shape.reduce((sum, length) => sum * 7 + length, 1));
  const inputs = shape.length < 2 ? 1 : data.length / (shape[0] ?? 1);
  const numbers = Float32Array.from(Array.from(data, Number), (number) => number / inputs ** 0.5);
  return { dtype: "float32", shape, data: numbers } as const;
}
