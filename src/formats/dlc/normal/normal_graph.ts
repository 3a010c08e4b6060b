import { UnsupportedError } from "../../../errors.ts";
import type { Attribute, ModelMetadata, Node, ValueInfo } from "../../../graph/mod.ts";
import type { TensorEncoding, TensorReference } from "../../../tensor/mod.ts";

/** A constant operand: weights, biases, tables. */
export interface Constant {
  /** Unique among values and constants. */
  readonly name: string;
  /** The elements as real numbers or plain integers; a view decodes what is stored quantized. */
  readonly data: TensorReference;
  /** The grid the elements are stored on, along an axis of `data`; absent if they are not quantized. */
  readonly encoding?: TensorEncoding;
  /** Whether the elements are stored as floats although they have an encoding. */
  readonly isFloat?: boolean;
}

/**
 * The form between ONNX and the DLC versions. Operators keep their ONNX names and meanings, but
 * operands that only steer (shapes, axes, bounds) are attributes, as in the first ONNX opsets, and
 * operators that others express (Flatten, GlobalAveragePool, LeakyRelu, …) are replaced.
 *
 * A graph in normal form is either in the model's layout (images NCHW, weights OIHW) or in the
 * stored layout (images NHWC, weights HWIO); `relayout` turns one into the other.
 */
export interface NormalGraph {
  /** The graph's name. */
  readonly name: string;
  /** Network inputs. */
  readonly inputs: readonly string[];
  /** Network outputs. */
  readonly outputs: readonly string[];
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Type and shape of everything that flows; constants are not in it. */
  readonly values: ReadonlyMap<string, ValueInfo>;
  /** Constant operands by name. */
  readonly constants: ReadonlyMap<string, Constant>;
  /** Encodings of values. */
  readonly activations: ReadonlyMap<string, TensorEncoding>;
  /** Where the graph came from. */
  readonly metadata: ModelMetadata;
}

/** The type and shape of a value that must be there. */
export function valueOf(graph: Pick<NormalGraph, "values">, name: string): ValueInfo {
  const value = graph.values.get(name);
  if (value === undefined) throw new Error(`Cannot find value "${name}" of a checked graph`);
  return value;
}

/** The shape of a value or constant. */
export function shapeOf(
  graph: Pick<NormalGraph, "values" | "constants">,
  name: string,
): readonly number[] {
  return graph.constants.get(name)?.data.shape ?? valueOf(graph, name).shape;
}

/** An operand that the operator cannot do without. */
export function inputOf(node: Node, index: number): string {
  const input = node.inputs[index];
  if (input === undefined || input === "") {
    throw new UnsupportedError(
      `Cannot convert node "${node.name}" (${node.operator}): input ${index} is missing`,
      { node: node.name, operator: node.operator },
    );
  }
  return input;
}

/** The first output of a node. */
export function outputOf(node: Node): string {
  return node.outputs[0] ?? "";
}

/** Wraps numbers and strings as attributes. */
export const attribute = {
  int: (value: number): Attribute => ({ type: "int", value }),
  float: (value: number): Attribute => ({ type: "float", value }),
  string: (value: string): Attribute => ({ type: "string", value }),
  ints: (value: readonly number[]): Attribute => ({ type: "ints", value }),
  floats: (value: readonly number[]): Attribute => ({ type: "floats", value }),
} as const;
