import { UnsupportedError } from "../../errors.ts";
import {
  type DataType,
  type DenseTensor,
  referenceDense,
  type TensorReference,
} from "../../tensor/mod.ts";
import { heldTensor } from "../constants/model_constants.ts";
import type { Node, ValueInfo } from "../model.ts";
import { checkNode, inferNode } from "../operators/infer_node.ts";
import type { GraphDescription } from "./graph_description.ts";

/** A few bytes of settings can ask for any number of elements; no network needs so many. */
const MAX_MADE_BYTES = 256 * 1024 * 1024;

/**
 * Puts a graph together front to back. The type of every value is known as soon as its node is
 * there, so that readers of formats whose layers depend on shapes can ask for them.
 */
export class GraphAssembler {
  readonly #inputs: ValueInfo[] = [];
  readonly #nodes: Node[] = [];
  readonly #initializers = new Map<string, TensorReference>();
  readonly #types = new Map<
    string,
    { readonly dtype: DataType; readonly shape: readonly number[] }
  >();
  readonly #dense = new Map<string, DenseTensor>();
  readonly #producers = new Map<string, Node>();
  readonly #names: Set<string>;
  #madeBytes = 0;

  /**
   * Starts an empty graph.
   *
   * @param reserved Names that {@linkcode uniqueName} leaves free for values to come.
   */
  constructor(reserved: Iterable<string> = []) {
    this.#names = new Set(reserved);
  }

  /** Network inputs, nodes and constants so far. */
  get parts(): Pick<GraphDescription, "inputs" | "nodes" | "initializers"> {
    return { inputs: this.#inputs, nodes: this.#nodes, initializers: this.#initializers };
  }

  /** Takes a name that no value has: `base`, or `base` with a number. */
  uniqueName(base: string): string {
    let name = base;
    for (let count = 1; name === "" || this.#names.has(name); count++) name = `${base}_${count}`;
    this.#names.add(name);
    return name;
  }

  /** Adds a network input and returns its name. */
  addInput(input: ValueInfo): string {
    this.#inputs.push(input);
    this.#names.add(input.name);
    this.#types.set(input.name, input);
    return input.name;
  }

  /**
   * Adds a constant, renamed if its name is taken, and returns its name.
   *
   * @throws {UnsupportedError} If the constants that lie in memory are larger than any network needs.
   */
  addTensor(reference: TensorReference): string {
    const { storage } = reference;
    if (storage.kind === "bytes") {
      this.#checkRoom(reference.name, storage.bytes.length);
      this.#madeBytes += storage.bytes.length;
    }
    const name = this.uniqueName(reference.name);
    this.#initializers.set(name, { ...reference, name });
    this.#types.set(name, reference);
    const held = reference.dtype === "int64" ? heldTensor(reference) : undefined;
    if (held !== undefined) this.#dense.set(name, held);
    return name;
  }

  /** Adds a small constant and returns its name. */
  addConstant(base: string, dense: DenseTensor): string {
    const name = this.addTensor(referenceDense(base, dense));
    this.#dense.set(name, dense);
    return name;
  }

  /** Adds a constant vector of int64 and returns its name. */
  addIntegers(base: string, values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.addConstant(base, { dtype: "int64", shape: [values.length], data });
  }

  /** Adds a constant of float32, by default a vector, and returns its name. */
  addFloats(
    base: string,
    values: Iterable<number>,
    shape?: readonly number[],
  ): string {
    const data = Float32Array.from(values);
    return this.addConstant(base, { dtype: "float32", shape: shape ?? [data.length], data });
  }

  /**
   * Adds a constant vector of float32 with one value everywhere, and returns its name.
   *
   * @throws {UnsupportedError} If it is larger than any network needs.
   */
  addFilled(base: string, count: number, value: number): string {
    this.#checkRoom(base, count * Float32Array.BYTES_PER_ELEMENT);
    return this.addFloats(base, new Float32Array(count).fill(value));
  }

  /**
   * Adds a node; its inputs must be there already.
   *
   * @throws {FormatError} If the node contradicts its inputs.
   * @throws {UnsupportedError} If the operator is not known or its output's shape depends on data.
   */
  addNode(node: Node): void {
    checkNode(node);
    const types = inferNode({
      node,
      inputs: node.inputs.map((name) => this.#types.get(name)),
      constants: node.inputs.map((name) => this.#dense.get(name)),
    });
    for (const [index, name] of node.outputs.entries()) {
      const type = types[index];
      if (name === "" || type === undefined) continue;
      this.#names.add(name);
      this.#types.set(name, type);
      this.#producers.set(name, node);
    }
    this.#nodes.push(node);
  }

  /** The dimensions of a value or constant that was added. */
  shape(name: string): readonly number[] {
    return this.#type(name).shape;
  }

  /** The element type of a value or constant that was added. */
  dtype(name: string): DataType {
    return this.#type(name).dtype;
  }

  /** Whether a value or constant was added under this name. */
  has(name: string): boolean {
    return this.#types.has(name);
  }

  /** The node that makes a value; `undefined` for inputs and constants. */
  producer(name: string): Node | undefined {
    return this.#producers.get(name);
  }

  /** A constant that was added. */
  constant(name: string): TensorReference | undefined {
    return this.#initializers.get(name);
  }

  #checkRoom(name: string, bytes: number): void {
    if (this.#madeBytes + bytes <= MAX_MADE_BYTES) return;
    throw new UnsupportedError(
      `Cannot make constant "${name}": with it the constants made of settings would have ` +
        `${this.#madeBytes + bytes} bytes; at most ${MAX_MADE_BYTES} would work`,
    );
  }

  #type(name: string): { readonly dtype: DataType; readonly shape: readonly number[] } {
    const type = this.#types.get(name);
    if (type === undefined) throw new RangeError(`The graph has no value "${name}" yet`);
    return type;
  }
}
