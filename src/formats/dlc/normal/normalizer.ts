import { UnsupportedError } from "../../../errors.ts";
import {
  type Attribute,
  constantIntegers,
  type Model,
  type Node,
  type ValueInfo,
} from "../../../graph/mod.ts";
import {
  type DataType,
  type DenseTensor,
  readDense,
  referenceDense,
  type TensorEncoding,
  type TensorReference,
  viewTensor,
} from "../../../tensor/mod.ts";
import { reshapeConstant } from "./constant.ts";
import { type Constant, inputOf, type NormalGraph } from "./normal_graph.ts";
import { UniqueNames } from "./unique_names.ts";

/** Operators whose output elements are input elements. */
const MOVERS = ["Gather", "Reshape", "Slice", "Tile", "Transpose"];

/** Turns one ONNX node into nodes in normal form. */
export type NormalizeNode = (node: Node, normalizer: Normalizer) => void;

/** What {@linkcode Normalizer.emit} needs of a new node. */
export interface NewNode {
  /** Operator in normal form. */
  readonly operator: string;
  /** Values and constants. */
  readonly inputs: readonly string[];
  /** Values; the first is the one that matters. */
  readonly outputs: readonly string[];
  /** Attributes in normal form. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** Gathers the nodes, values and constants of a graph in normal form. */
export class Normalizer {
  readonly #model: Model;
  readonly #numbers: ReadonlyMap<string, readonly number[]>;
  readonly #names: UniqueNames;
  readonly #nodeNames: UniqueNames;
  readonly #nodes: Node[] = [];
  readonly #values: Map<string, ValueInfo>;
  readonly #constants = new Map<string, Constant>();

  /**
   * Starts an empty graph.
   *
   * @param model The model.
   * @param numbers The elements of constants that steer operators, by name.
   */
  constructor(model: Model, numbers: ReadonlyMap<string, readonly number[]>) {
    this.#model = model;
    this.#numbers = numbers;
    this.#names = new UniqueNames([...model.values.keys(), ...model.initializers.keys()]);
    this.#nodeNames = new UniqueNames(model.nodes.map(({ name }) => name));
    this.#values = new Map(model.values);
  }

  /** Shape of an operand. */
  shape(name: string): readonly number[] {
    return this.#values.get(name)?.shape ?? this.#constants.get(name)?.data.shape ??
      this.#model.initializers.get(name)?.shape ?? [];
  }

  /** Element type of an operand. */
  type(name: string): DataType {
    return this.#values.get(name)?.dtype ?? this.#constants.get(name)?.data.dtype ??
      this.#model.initializers.get(name)?.dtype ?? "float32";
  }

  /** Whether an operand is a constant. */
  isConstant(name: string): boolean {
    return this.#constants.has(name) || this.#model.initializers.has(name);
  }

  /** The elements of an input that steers the operator; `undefined` if it is left out. */
  numbers(node: Node, index: number): readonly number[] | undefined {
    const name = node.inputs[index];
    if (name === undefined || name === "") return undefined;
    const numbers = this.#numbers.get(name);
    if (numbers !== undefined) return numbers;
    throw unsupported(node, `input ${index} ("${name}") is computed by the network`, "a constant");
  }

  /** The elements of a small constant of integers; `undefined` for values and for weights. */
  heldIntegers(name: string): readonly number[] | undefined {
    return constantIntegers(this.#model, name);
  }

  /**
   * The name of an input that must be a constant.
   *
   * @throws {UnsupportedError} If the network computes it.
   */
  constantInput(node: Node, index: number): string {
    const name = inputOf(node, index);
    if (this.isConstant(name)) return name;
    throw unsupported(node, `input ${index} ("${name}") is computed by the network`, "a constant");
  }

  /** Adds a node; constants among its inputs come along. The first node of an original keeps its name. */
  emit(original: Node, node: NewNode, suffix = ""): void {
    for (const input of node.inputs) if (input !== "") this.#require(input);
    for (const name of [...node.inputs, ...node.outputs]) {
      if (name === "" || !this.shape(name).includes(0)) continue;
      const found = `"${name}" has no elements ([${this.shape(name)}])`;
      throw unsupported(original, found, "positive dimensions");
    }
    this.#nodes.push({
      name: suffix === "" ? original.name : this.#nodeNames.take(original.name + suffix),
      operator: node.operator,
      inputs: node.inputs,
      outputs: node.outputs,
      attributes: node.attributes ?? {},
    });
  }

  /** Makes a new value between nodes. */
  intermediate(base: string, like: string, shape: readonly number[]): string {
    const name = this.#names.take(base);
    const dtype = this.#values.get(like)?.dtype ?? "float32";
    this.#values.set(name, { name, dtype, shape });
    return name;
  }

  /** Makes a new constant from elements in memory. */
  constant(base: string, dense: DenseTensor): string {
    const name = this.#names.take(base);
    this.#constants.set(name, { name, data: referenceDense(name, dense) });
    return name;
  }

  /** Makes a changed copy of a constant under a name of its own. */
  derive(name: string, base: string, change: (constant: Constant) => Constant): string {
    const changed = change(this.#require(name) ?? this.#missing(name));
    if (changed === this.#constants.get(name)) return name;
    const own = this.#names.take(base);
    this.#constants.set(own, { ...changed, name: own });
    return own;
  }

  /** The whole graph. Values made on the way have the encoding of the elements they pass on. */
  finish(): NormalGraph {
    const { name, inputs, outputs, encodings, metadata } = this.#model;
    const activations = new Map(encodings.activations);
    if (activations.size > 0) {
      for (const node of this.#nodes) this.#passOn(node.inputs[0], node, activations);
      for (const node of this.#nodes.toReversed()) this.#passOn(node.outputs[0], node, activations);
    }
    const used = new Set(this.#nodes.flatMap((node) => node.inputs));
    return {
      name,
      inputs: inputs.map((input) => input.name),
      outputs: outputs.map((output) => output.name),
      nodes: this.#nodes,
      values: this.#values,
      constants: new Map([...this.#constants].filter(([constant]) => used.has(constant))),
      activations,
      metadata,
    };
  }

  /** Gives new values at the other end of a node that only moves elements the encoding of this one. */
  #passOn(from: string | undefined, node: Node, activations: Map<string, TensorEncoding>): void {
    const encoding = activations.get(from ?? "");
    if (encoding === undefined || !MOVERS.includes(node.operator)) return;
    const [input = "", ...rest] = [node.inputs[0] ?? "", ...node.outputs];
    for (const name of from === input ? rest : [input]) {
      const isNew = this.#values.has(name) && !this.#model.values.has(name);
      if (isNew && !activations.has(name)) activations.set(name, encoding);
    }
  }

  #require(name: string): Constant | undefined {
    const known = this.#constants.get(name);
    if (known !== undefined) return known;
    const reference = this.#model.initializers.get(name);
    if (reference === undefined) return undefined;
    const encoding = this.#model.encodings.parameters.get(name);
    const data = narrowFloat(reference);
    const isFloat = this.#model.encodings.floatParameters?.has(name) === true;
    const whole = encoding === undefined ? { name, data } : { name, data, encoding, isFloat };
    // A DLC has no scalars.
    const constant = data.shape.length === 0 ? reshapeConstant(whole, [1]) : whole;
    this.#constants.set(name, constant);
    return constant;
  }

  #missing(name: string): never {
    throw new Error(`Cannot find constant "${name}" of a checked graph`);
  }
}

/** A DLC has no float64 and no bfloat16. */
function narrowFloat(reference: TensorReference): TensorReference {
  return reference.dtype === "float64" || reference.dtype === "bfloat16"
    ? viewTensor(reference, { kind: "cast", dtype: "float32" })
    : reference;
}

/** Reads a small constant as numbers; 64-bit integers are clamped to safe integers. */
export async function readNumbers(reference: TensorReference): Promise<readonly number[]> {
  const plain = reference.dtype === "float16" || reference.dtype === "bfloat16"
    ? viewTensor(reference, { kind: "cast", dtype: "float32" })
    : reference;
  const { data } = await readDense(plain);
  return Array.from<number | bigint, number>(data, toSafeNumber);
}

function toSafeNumber(value: number | bigint): number {
  if (typeof value === "number") return value;
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > limit ? limit : value < -limit ? -limit : value);
}

/** The error about a node that a DLC cannot hold. */
export function unsupported(node: Node, found: string, works: string): UnsupportedError {
  return new UnsupportedError(
    `Cannot convert node "${node.name}" (${node.operator}): ${found}; ${works} would work`,
    { node: node.name, operator: node.operator },
  );
}

/** Adds a Reshape. */
export function emitReshape(
  normalizer: Normalizer,
  original: Node,
  { from, to, suffix = "" }: { from: string; to: string; suffix?: string },
): void {
  normalizer.emit(original, { operator: "Reshape", inputs: [from], outputs: [to] }, suffix);
}

/** Passes a node on with the same operands and other attributes. */
export function keep(
  normalizer: Normalizer,
  node: Node,
  attributes: Readonly<Record<string, Attribute>> = {},
): void {
  const { operator, inputs, outputs } = node;
  normalizer.emit(node, { operator, inputs, outputs, attributes });
}

/** The first input and the first output of a node. */
export function ends(node: Node): { readonly input: string; readonly output: string } {
  return { input: inputOf(node, 0), output: node.outputs[0] ?? "" };
}
