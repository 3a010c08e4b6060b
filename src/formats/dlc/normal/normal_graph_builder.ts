import type { Attribute, Node } from "../../../graph/mod.ts";
import { type DataType, referenceDense, type TensorEncoding } from "../../../tensor/mod.ts";
import { attribute, type Constant } from "./normal_graph.ts";
import { UniqueNames } from "./unique_names.ts";

/** A node in normal form that is about to get its name. */
export interface NewNode {
  /** Operator in normal form. */
  readonly operator: string;
  /** Values and constants. */
  readonly inputs: readonly string[];
  /** Values. */
  readonly outputs: readonly string[];
  /** Attributes in normal form. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** Gathers a graph in normal form and stored layout while a file's layers or operators are read. */
export class NormalGraphBuilder {
  /** Nodes so far. */
  readonly nodes: Node[] = [];
  /** Constants so far. */
  readonly constants = new Map<string, Constant>();
  /** Dims of every value so far. */
  readonly shapes = new Map<string, readonly number[]>();
  /** Element types of values; float32 where nothing is said. */
  readonly types = new Map<string, DataType>();
  /** Encodings of values. */
  readonly activations = new Map<string, TensorEncoding>();
  readonly #names: UniqueNames;
  readonly #nodeNames: UniqueNames;

  /** Starts with the names that the file uses. */
  constructor(values: Iterable<string>, nodes: Iterable<string>) {
    this.#names = new UniqueNames(values);
    this.#nodeNames = new UniqueNames(nodes);
  }

  /** Adds a node of the layer or operator `owner`; the one without suffix has the owner's name. */
  emit(owner: string, node: NewNode, suffix = ""): void {
    this.nodes.push({
      name: suffix === "" ? owner : this.#nodeNames.take(owner + suffix),
      operator: node.operator,
      inputs: node.inputs,
      outputs: node.outputs,
      attributes: node.attributes ?? {},
    });
  }

  /** Makes a value between the nodes of one layer or operator. */
  intermediate(base: string, shape: readonly number[]): string {
    const name = this.#names.take(base);
    this.shapes.set(name, shape);
    return name;
  }

  /** Makes a constant with a name of its own. */
  constant(base: string, constant: Omit<Constant, "name">): string {
    const name = this.#names.take(base);
    this.constants.set(name, { ...constant, name });
    return name;
  }

  /** Makes a constant of one number. */
  scalar(base: string, value: number): string {
    const dense = { dtype: "float32", shape: [1], data: Float32Array.of(value) } as const;
    return this.constant(base, { data: referenceDense(base, dense) });
  }

  /**
   * Adds a fully connected layer: inputs of other ranks than 2 are flattened in stored order to rows
   * as long as the weights `[outputs, inputs]` want, and the result takes the dims of the output.
   *
   * @returns Whether the input has a whole number of rows.
   */
  emitFullyConnected(
    owner: string,
    { input, weights, bias, output }: {
      input: string;
      weights: string;
      bias: string | undefined;
      output: string;
    },
  ): boolean {
    const shape = this.shapes.get(input) ?? [];
    const [outputs = 0, inputs = 0] = this.constants.get(weights)?.data.shape ?? [];
    const elements = shape.reduce((product, size) => product * size, 1);
    if (inputs === 0 || elements % inputs !== 0) return false;
    const rows = elements / inputs;
    const isMatrix = shape.length === 2 && shape[1] === inputs;
    const flat = isMatrix ? input : this.intermediate(`${input}.flat`, [rows, inputs]);
    if (!isMatrix) {
      const encoding = this.activations.get(input);
      if (encoding !== undefined) this.activations.set(flat, encoding);
      this.emit(owner, { operator: "Reshape", inputs: [input], outputs: [flat] }, ".flatten");
    }
    const target = this.shapes.get(output) ?? [];
    const isFlat = target.length === 2 && target[0] === rows;
    const product = isFlat ? output : this.intermediate(`${output}.rows`, [rows, outputs]);
    const operands = bias === undefined ? [flat, weights] : [flat, weights, bias];
    this.emit(owner, { operator: "Gemm", inputs: operands, outputs: [product] });
    if (!isFlat) {
      this.emit(owner, { operator: "Reshape", inputs: [product], outputs: [output] }, ".shape");
    }
    return true;
  }

  /** Adds `input * factor`; nothing for a factor of 1. */
  emitScaled(owner: string, input: string, { factor, suffix }: {
    factor: number;
    suffix: string;
  }): string {
    if (factor === 1) return input;
    const shape = this.shapes.get(input) ?? this.constants.get(input)?.data.shape ?? [];
    const result = this.intermediate(`${input}${suffix}`, shape);
    const constant = this.scalar(`${owner}${suffix}`, factor);
    this.emit(owner, { operator: "Mul", inputs: [input, constant], outputs: [result] }, suffix);
    return result;
  }

  /** Adds a slice over all axes. */
  emitSlice(owner: string, { input, output, starts, ends, steps }: {
    input: string;
    output: string;
    starts: readonly number[];
    ends: readonly number[];
    steps: readonly number[];
  }): void {
    this.emit(owner, {
      operator: "Slice",
      inputs: [input],
      outputs: [output],
      attributes: {
        starts: attribute.ints(starts),
        ends: attribute.ints(ends),
        steps: attribute.ints(steps),
      },
    });
  }
}
