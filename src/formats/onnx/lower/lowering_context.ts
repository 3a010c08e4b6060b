import type { Node } from "../../../graph/mod.ts";
import {
  type DataType,
  type DenseTensor,
  referenceDense,
  type TensorReference,
} from "../../../tensor/mod.ts";
import { floatScalar } from "./float_scalar.ts";
import { nodeLabel, unsupportedNode } from "../unsupported_node.ts";

/** A softmax of the time before opset 13 that was lowered to Flatten, Softmax and Reshape. */
export interface FlattenedSoftmax {
  /** Input of Flatten and Shape. */
  readonly input: string;
  /** Output of Shape. */
  readonly shape: string;
  /** Output of Flatten. */
  readonly matrix: string;
  /** Output of the softmax. */
  readonly result: string;
  /** Output of Reshape. */
  readonly output: string;
  /** First of the axes that are flattened together; may be negative. */
  readonly axis: number;
}

/** What {@linkcode LoweringContext} starts from. */
export interface LoweringStart {
  /** The opset of the file. */
  readonly opset: number;
  /** All names of values that are taken. */
  readonly names: Iterable<string>;
  /** The constants of the file; new ones are added. */
  readonly initializers: Map<string, TensorReference>;
  /** Floating-point types of inputs and constants. */
  readonly floatTypes: ReadonlySet<DataType>;
}

/** What the upgrade of one node may ask for and add to. */
export class LoweringContext {
  /** The opset of the file. */
  readonly opset: number;
  /** Softmaxes to look at again when shapes are known. */
  readonly flattenedSoftmaxes: FlattenedSoftmax[] = [];
  /** Names of Resize nodes whose rounding is right only if no axis shrinks. */
  readonly upsamplings: string[] = [];
  readonly #names: Set<string>;
  readonly #initializers: Map<string, TensorReference>;
  readonly #floatTypes: ReadonlySet<DataType>;

  /** Starts with the names and constants of the file. */
  constructor(start: LoweringStart) {
    this.opset = start.opset;
    this.#names = new Set(start.names);
    this.#initializers = start.initializers;
    this.#floatTypes = start.floatTypes;
  }

  /** Reserves a name that no value has: `base`, or `base` with a number. */
  uniqueName(base: string): string {
    let name = base;
    for (let count = 1; this.#names.has(name); count++) name = `${base}_${count}`;
    this.#names.add(name);
    return name;
  }

  /** Adds a constant vector of int64 for a node and returns its name. */
  addIntegers(node: Node, input: string, values: readonly number[]): string {
    return this.#add(`${nodeLabel(node)}/${input}`, {
      dtype: "int64",
      shape: [values.length],
      data: BigInt64Array.from(values, BigInt),
    });
  }

  /** Adds a constant vector of float32 for a node and returns its name. */
  addFloats(node: Node, input: string, values: readonly number[]): string {
    const data = Float32Array.from(values);
    return this.#add(`${nodeLabel(node)}/${input}`, {
      dtype: "float32",
      shape: [values.length],
      data,
    });
  }

  /**
   * Adds a constant scalar of the model's floating-point type and returns its name.
   *
   * @throws {UnsupportedError} If the model mixes floating-point types.
   */
  addScalar(node: Node, input: string, value: number): string {
    const [dtype = "float32", second] = this.#floatTypes;
    if (second !== undefined) {
      const types = [...this.#floatTypes].join(" and ");
      throw unsupportedNode(
        node,
        `the model mixes ${types}, so the type of "${input}" is open at opset ${this.opset}; ` +
          `convert the model to opset 13 first`,
      );
    }
    return this.#add(`${nodeLabel(node)}/${input}`, floatScalar(dtype, value));
  }

  /** A constant by name. */
  constant(name: string): TensorReference | undefined {
    return this.#initializers.get(name);
  }

  #add(base: string, tensor: DenseTensor): string {
    const name = this.uniqueName(base);
    this.#initializers.set(name, referenceDense(name, tensor));
    return name;
  }
}
