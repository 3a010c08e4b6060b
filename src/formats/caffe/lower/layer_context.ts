import { FormatError, UnsupportedError } from "../../../errors.ts";
import type { Attribute, GraphAssembler } from "../../../graph/mod.ts";
import type { TensorReference } from "../../../tensor/mod.ts";
import type { CaffeMessage } from "../read/caffe_message.ts";
import type { CaffeLayer } from "../upgrade/caffe_layer.ts";
import type { LayerWeights } from "./layer_weights.ts";

/** Attributes of a node by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/**
 * Turns a layer into nodes.
 *
 * @returns The values of its tops, in their order.
 */
export type LowerLayer = (
  layer: LayerContext,
) => readonly string[] | Promise<readonly string[]>;

/** What a layer is made of while it is turned into nodes. */
export interface LayerParts {
  /** The layer. */
  readonly layer: CaffeLayer;
  /** The values that it reads. */
  readonly inputs: readonly string[];
  /** What to call the values of its tops. */
  readonly outputNames: readonly string[];
  /** The graph that grows. */
  readonly graph: GraphAssembler;
  /** Its tensors. */
  readonly weights: LayerWeights;
  /** The file, for messages. */
  readonly file: string;
  /** Ends reading early. */
  readonly signal?: AbortSignal | undefined;
}

/** A layer while it is turned into nodes: what it reads and says, and the nodes it becomes. */
export class LayerContext {
  /** The layer. */
  readonly layer: CaffeLayer;
  /** The values that it reads. */
  readonly inputs: readonly string[];
  /** Its tensors. */
  readonly weights: LayerWeights;
  /** Ends reading early. */
  readonly signal: AbortSignal | undefined;
  readonly #graph: GraphAssembler;
  readonly #outputNames: readonly string[];
  readonly #file: string;
  #named = false;

  /** Starts without nodes. */
  constructor(parts: LayerParts) {
    this.layer = parts.layer;
    this.inputs = parts.inputs;
    this.weights = parts.weights;
    this.signal = parts.signal;
    this.#graph = parts.graph;
    this.#outputNames = parts.outputNames;
    this.#file = parts.file;
  }

  /** The only value that it reads. */
  get input(): string {
    return this.inputAt(0);
  }

  /** A value that it reads. */
  inputAt(index: number): string {
    const input = this.inputs[index];
    if (input !== undefined) return input;
    throw this.error(`it has ${this.inputs.length} bottoms, expected at least ${index + 1}`);
  }

  /** Its settings in one of its messages. */
  settings(field: string): CaffeMessage {
    return this.layer.message.message(field);
  }

  /** The dimensions of a value. */
  shape(value: string): readonly number[] {
    return this.#graph.shape(value);
  }

  /**
   * An axis counted from the front.
   *
   * @param axis As the file has it: negative counts from the back.
   * @param rank Of the value, or one more where an axis may lie behind the last.
   */
  axis(axis: number, rank: number): number {
    const front = axis < 0 ? axis + rank : axis;
    if (front >= 0 && front < rank) return front;
    throw this.error(`its axis is ${axis}, expected ${-rank} to ${rank - 1}`);
  }

  /** Adds a node on the way and returns its value. */
  emit(
    suffix: string,
    operator: string,
    inputs: readonly string[],
    attributes: Attributes = {},
  ): string {
    const output = this.#graph.uniqueName(`${this.layer.name}/${suffix}`);
    this.#graph.addNode({ name: output, operator, inputs, outputs: [output], attributes });
    return output;
  }

  /** Adds a node on the way that has two values, and returns them. */
  emitPair(
    suffix: string,
    operator: string,
    inputs: readonly string[],
    attributes: Attributes = {},
  ): readonly [first: string, second: string] {
    const name = this.#graph.uniqueName(`${this.layer.name}/${suffix}`);
    const second = this.#graph.uniqueName(`${name}/second`);
    this.#graph.addNode({ name, operator, inputs, outputs: [name, second], attributes });
    return [name, second];
  }

  /** Adds the node that makes a top, and returns that as the layer's values. */
  output(
    operator: string,
    inputs: readonly string[],
    attributes: Attributes = {},
  ): readonly [string] {
    const [output = ""] = this.#outputNames;
    this.#add(operator, { inputs, outputs: [output], attributes });
    return [output];
  }

  /** Adds a node that makes all tops, and returns them. */
  outputs(
    operator: string,
    inputs: readonly string[],
    attributes: Attributes = {},
  ): readonly string[] {
    this.#add(operator, { inputs, outputs: this.#outputNames, attributes });
    return this.#outputNames;
  }

  /** A constant vector of integers. */
  integers(suffix: string, values: readonly number[]): string {
    return this.#graph.addIntegers(`${this.layer.name}/${suffix}`, values);
  }

  /** A constant of float32; a scalar if a number is given. */
  floats(suffix: string, values: number | Iterable<number>, shape?: readonly number[]): string {
    const base = `${this.layer.name}/${suffix}`;
    return typeof values === "number"
      ? this.#graph.addFloats(base, [values], [])
      : this.#graph.addFloats(base, values, shape);
  }

  /** Adds a tensor of the file as a constant. */
  tensor(reference: TensorReference): string {
    return this.#graph.addTensor(reference);
  }

  /** The node before, if it made the only value that the layer reads. */
  get producer(): ReturnType<GraphAssembler["producer"]> {
    return this.#graph.producer(this.input);
  }

  /** A constant of the graph. */
  constant(name: string): TensorReference | undefined {
    return this.#graph.constant(name);
  }

  /** Says that the layer contradicts itself. */
  error(problem: string): FormatError {
    return new FormatError(`Cannot read ${this.#label()} of "${this.#file}": ${problem}`, {
      file: this.#file,
    });
  }

  /** Says that the layer asks for something that is not supported. */
  unsupported(problem: string): UnsupportedError {
    const { name, type } = this.layer;
    return new UnsupportedError(`Cannot convert ${this.#label()}: ${problem}`, {
      node: name,
      operator: type,
    });
  }

  #label(): string {
    return `layer "${this.layer.name}" (${this.layer.type})`;
  }

  /** The node that ends the layer has the layer's name. */
  #add(
    operator: string,
    node: {
      readonly inputs: readonly string[];
      readonly outputs: readonly string[];
      readonly attributes: Attributes;
    },
  ): void {
    const { name } = this.layer;
    this.#graph.addNode({ name: this.#named ? `${name}/last` : name, operator, ...node });
    this.#named = true;
  }
}
