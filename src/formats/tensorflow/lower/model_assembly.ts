import {
  type Attribute,
  GraphResolver,
  type Node,
  type NodeEvaluator,
  type TensorType,
  type ValueInfo,
} from "../../../graph/mod.ts";
import {
  type DenseTensor,
  referenceDense,
  type TensorEncoding,
  type TensorReference,
} from "../../../tensor/mod.ts";
import { CHANNELS_FIRST } from "../restore_names.ts";
import { ints } from "./attributes.ts";

/** Options of {@linkcode ModelAssembly}. */
export interface ModelAssemblyOptions {
  /** Runs constant nodes that dlcstream's own small evaluator does not know. */
  readonly evaluate?: NodeEvaluator | undefined;
  /** Ends the work early. */
  readonly signal?: AbortSignal | undefined;
}

/** A value with zeros around it. */
export interface ZeroPadded {
  /** The value without them. */
  readonly source: string;
  /** `[begin, end]` for each axis. */
  readonly pads: readonly (readonly [begin: number, end: number])[];
}

/** A node to be added. */
export interface NodeParts {
  /** The node's name. */
  readonly name: string;
  /** The ONNX operator. */
  readonly operator: string;
  /** Names of values. */
  readonly inputs: readonly string[];
  /** Names of its outputs, taken already. */
  readonly outputs: readonly string[];
  /** Attributes. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/**
 * The model while its graph is lowered front to back: types and small constants are known as soon
 * as a node is there.
 */
export class ModelAssembly {
  /** Network inputs so far. */
  readonly inputs: ValueInfo[] = [];
  /** Encodings asked for, of values. */
  readonly activations = new Map<string, TensorEncoding>();
  /** The constant of the file behind each constant in another layout. */
  readonly origins = new Map<string, string>();
  /** Values that are others with zeros around them: `[begin, end]` for each axis. */
  readonly zeroPadded = new Map<string, ZeroPadded>();
  readonly #resolver: GraphResolver;
  readonly #names = new Set<string>();
  /** The same value with its channels first, and the other way round. */
  readonly #channelsFirst = new Map<string, string>();

  /** Starts without anything. */
  constructor({ evaluate, signal }: ModelAssemblyOptions = {}) {
    this.#resolver = new GraphResolver(
      { inputs: [], initializers: new Map(), parameterOverrides: new Map() },
      { ...evaluate && { evaluate }, ...signal && { signal } },
    );
  }

  /** The nodes so far. */
  get nodes(): readonly Node[] {
    return this.#resolver.nodes;
  }

  /** Constants by name. */
  get initializers(): ReadonlyMap<string, TensorReference> {
    return this.#resolver.initializers;
  }

  /** Encodings asked for, of constants. */
  get parameters(): Map<string, TensorEncoding> {
    return this.#resolver.overrides;
  }

  /** Takes a name that no value has: `base`, or `base` with a number. */
  takeName(base: string): string {
    let name = base;
    for (let count = 1; name === "" || this.#names.has(name); count++) name = `${base}_${count}`;
    this.#names.add(name);
    return name;
  }

  /** Adds a network input under a name that is reserved for it. */
  addInput(input: ValueInfo): void {
    this.inputs.push(input);
    this.#names.add(input.name);
    this.#resolver.addValue(input);
  }

  /** Adds a constant under a name that was taken. */
  addTensor(reference: TensorReference): void {
    this.#resolver.add(reference);
  }

  /** Adds a small constant and returns its name. */
  addDense(base: string, dense: DenseTensor): string {
    const name = this.takeName(base);
    this.#resolver.add(referenceDense(name, dense));
    return name;
  }

  /** Adds a node, or what it comes to if its inputs are constant. */
  async addNode({ attributes = {}, ...node }: NodeParts): Promise<void> {
    await this.#resolver.visit({ ...node, attributes });
  }

  /** Type and shape of a value. */
  type(name: string): TensorType {
    const type = this.#resolver.types.get(name);
    if (type === undefined) throw new RangeError(`The model has no value "${name}" yet`);
    return type;
  }

  /** Whether a value is constant. */
  isConstant(name: string): boolean {
    return this.#resolver.initializers.has(name);
  }

  /** The elements of a small constant. */
  async constant(name: string): Promise<DenseTensor | undefined> {
    return await this.#resolver.constant(name);
  }

  /** A value `[N, …, C]` as `[N, C, …]`. */
  async channelsFirst(name: string): Promise<string> {
    const known = this.#channelsFirst.get(name);
    if (known !== undefined) return known;
    const rank = this.type(name).shape.length;
    const order = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1)];
    const output = this.takeName(name + CHANNELS_FIRST);
    await this.#transpose(name, { order, output });
    this.#channelsFirst.set(name, output);
    return output;
  }

  /** A value `[N, C, …]` as `[N, …, C]` under a name that was taken. */
  async channelsLast(name: string, output: string): Promise<string> {
    const rank = this.type(name).shape.length;
    const order = [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2), 1];
    await this.#transpose(name, { order, output });
    this.#channelsFirst.set(output, name);
    return output;
  }

  async #transpose(
    input: string,
    { order, output }: { readonly order: readonly number[]; readonly output: string },
  ): Promise<void> {
    await this.addNode({
      name: output,
      operator: "Transpose",
      inputs: [input],
      outputs: [output],
      attributes: { perm: ints(order) },
    });
  }
}
