import type { TensorReference } from "../../tensor/mod.ts";
import type { Attribute, Node } from "../model.ts";
import type { GraphAssembler } from "./graph_assembler.ts";

/** Attributes of a node by name. */
export type NodeAttributes = Readonly<Record<string, Attribute>>;

/** What a {@linkcode NodeEmitter} makes nodes for. */
export interface EmitterStart {
  /** The name of the layer or operator; names of nodes and values are made of it. */
  readonly name: string;
  /** What the layer reads. */
  readonly inputs: readonly string[];
  /** What to call what the layer makes. */
  readonly outputNames: readonly string[];
}

/**
 * Makes the nodes that one layer of another format becomes. Nodes on the way are called after the
 * layer and what they do; the node that ends it has the layer's name.
 */
export class NodeEmitter {
  /** The name of the layer. */
  readonly name: string;
  /** What the layer reads. */
  readonly inputs: readonly string[];
  /** What to call what the layer makes. */
  readonly outputNames: readonly string[];
  readonly #graph: GraphAssembler;

  /** Starts without nodes. */
  constructor(graph: GraphAssembler, { name, inputs, outputNames }: EmitterStart) {
    this.#graph = graph;
    this.name = name;
    this.inputs = inputs;
    this.outputNames = outputNames;
  }

  /** The dimensions of a value or constant. */
  shape(value: string): readonly number[] {
    return this.#graph.shape(value);
  }

  /** The node that makes a value; `undefined` for inputs and constants. */
  producerOf(value: string): Node | undefined {
    return this.#graph.producer(value);
  }

  /** A constant of the graph. */
  constant(name: string): TensorReference | undefined {
    return this.#graph.constant(name);
  }

  /** Adds a node on the way and returns its value. */
  emit(
    suffix: string,
    operator: string,
    { inputs, attributes = {} }: {
      readonly inputs: readonly string[];
      readonly attributes?: NodeAttributes;
    },
  ): string {
    const output = this.#graph.uniqueName(`${this.name}/${suffix}`);
    this.#graph.addNode({ name: output, operator, inputs, outputs: [output], attributes });
    return output;
  }

  /** Adds a node on the way that has two values, and returns them. */
  emitPair(
    suffix: string,
    operator: string,
    { inputs, attributes = {} }: {
      readonly inputs: readonly string[];
      readonly attributes?: NodeAttributes;
    },
  ): readonly [first: string, second: string] {
    const first = this.#graph.uniqueName(`${this.name}/${suffix}`);
    const second = this.#graph.uniqueName(`${first}/second`);
    this.#graph.addNode({ name: first, operator, inputs, outputs: [first, second], attributes });
    return [first, second];
  }

  /** Adds the node that makes the layer's only or first output, and returns that in a list. */
  output(
    operator: string,
    inputs: readonly string[],
    attributes: NodeAttributes = {},
  ): readonly [string] {
    const [output = ""] = this.outputNames;
    this.#graph.addNode({ name: this.name, operator, inputs, outputs: [output], attributes });
    return [output];
  }

  /** Adds the node that makes all outputs of the layer, and returns them. */
  outputAll(
    operator: string,
    inputs: readonly string[],
    attributes: NodeAttributes = {},
  ): readonly string[] {
    const outputs = this.outputNames;
    this.#graph.addNode({ name: this.name, operator, inputs, outputs, attributes });
    return outputs;
  }

  /**
   * Adds the node that makes an output of the layer in several parts, and returns them. They are
   * called after the output and what they are.
   */
  outputParts(
    operator: string,
    inputs: readonly string[],
    { parts, attributes = {} }: {
      readonly parts: readonly string[];
      readonly attributes?: NodeAttributes;
    },
  ): readonly string[] {
    const [output = ""] = this.outputNames;
    const outputs = parts.map((part) => this.#graph.uniqueName(`${output}_${part}`));
    this.#graph.addNode({ name: this.name, operator, inputs, outputs, attributes });
    return outputs;
  }

  /** Adds a constant vector of integers. */
  integers(suffix: string, values: readonly number[]): string {
    return this.#graph.addIntegers(`${this.name}/${suffix}`, values);
  }

  /** Adds a constant scalar of float32. */
  float(suffix: string, value: number): string {
    return this.#graph.addFloats(`${this.name}/${suffix}`, [value], []);
  }

  /** Adds a constant of float32, by default a vector. */
  floats(suffix: string, values: Iterable<number>, shape?: readonly number[]): string {
    return this.#graph.addFloats(`${this.name}/${suffix}`, values, shape);
  }

  /** Adds a constant vector of float32 with one value everywhere. */
  filled(suffix: string, count: number, value: number): string {
    return this.#graph.addFilled(`${this.name}/${suffix}`, count, value);
  }

  /** Adds a tensor of the file as a constant. */
  tensor(reference: TensorReference): string {
    return this.#graph.addTensor(reference);
  }
}
