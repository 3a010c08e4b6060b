import {
  countElements,
  type DenseTensor,
  readDense,
  referenceDense,
  type TensorEncoding,
  type TensorReference,
} from "../../tensor/mod.ts";
import { carryEncoding } from "../constants/carry_encoding.ts";
import { fromNumbers } from "../constants/constant_values.ts";
import {
  canEvaluateConstant,
  evaluateConstant,
  MAX_CONSTANT_ELEMENTS,
} from "../constants/evaluate_constant.ts";
import { heldTensor } from "../constants/model_constants.ts";
import { viewConstant } from "../constants/view_constant.ts";
import type { Node, ValueInfo } from "../model.ts";
import { checkNode, inferNode } from "../operators/infer_node.ts";
import type { OperatorCall, OperatorSchema, TensorType } from "../operators/operator_schema.ts";
import type { BuildModelOptions } from "./graph_description.ts";

/** The most elements that inputs and outputs of a node may have for `evaluate` to fold it. */
const MAX_EVALUATED_ELEMENTS = 1 << 20;

/** Nodes in topological order with what they stand on. */
export interface GraphState {
  /** Network inputs. */
  readonly inputs: readonly ValueInfo[];
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Constants by name. */
  readonly initializers: ReadonlyMap<string, TensorReference>;
  /** Encodings asked for, of constants by name. */
  readonly parameterOverrides: ReadonlyMap<string, TensorEncoding>;
}

/** A graph whose constant nodes are folded and whose types are all known. */
export interface ResolvedGraph extends GraphState {
  /** The type of every value, constants included. */
  readonly types: ReadonlyMap<string, TensorType>;
}

/** Options of {@linkcode resolveGraph}. */
export interface ResolveGraphOptions extends BuildModelOptions {
  /**
   * Whether QuantizeLinear and DequantizeLinear over constants are computed as well.
   *
   * @default {false} they are lifted into encodings first
   */
  readonly foldQuantization?: boolean;
}

/**
 * Walks nodes in order, folding constants and inferring types. Readers of formats whose operators
 * depend on shapes and constants visit each node as they make it, and ask.
 */
export class GraphResolver {
  /** Constants by name. */
  readonly initializers: Map<string, TensorReference>;
  /** Encodings asked for, of constants by name. */
  readonly overrides: Map<string, TensorEncoding>;
  /** The type of every value so far, constants included. */
  readonly types: Map<string, TensorType> = new Map();
  /** The nodes that were visited and not folded. */
  readonly nodes: Node[] = [];
  readonly #options: ResolveGraphOptions;
  /** The elements of small constants that somebody asked for. */
  readonly #dense = new Map<string, DenseTensor>();

  /**
   * Starts with inputs and constants; the nodes of `graph` are not visited.
   *
   * @param graph What is there.
   * @param options What computes constant nodes, abort signal.
   */
  constructor(graph: Omit<GraphState, "nodes">, options: ResolveGraphOptions = {}) {
    this.#options = options;
    this.initializers = new Map(graph.initializers);
    this.overrides = new Map(graph.parameterOverrides);
    for (const { name, dtype, shape } of graph.inputs) this.types.set(name, { dtype, shape });
    for (const [name, { dtype, shape }] of this.initializers) {
      this.types.set(name, { dtype, shape });
    }
  }

  /**
   * Takes a node in, or what it comes to if all its inputs are constant.
   *
   * @throws {FormatError} If it contradicts its inputs.
   * @throws {UnsupportedError} If the operator is not known or the output's shape depends on data.
   */
  async visit(node: Node): Promise<void> {
    const schema = checkNode(node);
    if (this.#takeConstant(node)) return;
    const constant = this.#isFoldable(node) &&
      node.inputs.every((name) => name === "" || this.initializers.has(name));
    const inputs = node.inputs.map((name) => this.types.get(name));
    const call = { node, inputs, constants: await this.#settings(node, schema) };
    if (constant && await this.#fold(call, schema)) return;
    const types = inferNode(call);
    if (node.operator === "Shape" || node.operator === "Size") {
      const [tensor] = evaluateConstant({ ...call, outputs: types }) ?? [];
      if (tensor !== undefined) return this.#storeDense(node, [tensor]);
    }
    for (const [index, name] of node.outputs.entries()) {
      const type = types[index];
      if (name !== "" && type !== undefined) this.types.set(name, type);
    }
    const attributes = schema.normalize?.(call);
    this.nodes.push(attributes === undefined ? node : { ...node, attributes });
  }

  /** Adds a constant. */
  add(reference: TensorReference): void {
    this.#store(reference.name, reference);
  }

  /** Adds a network input, or another value that no node makes. */
  addValue({ name, dtype, shape }: ValueInfo): void {
    this.types.set(name, { dtype, shape });
  }

  /** The elements of a small constant; `undefined` for weights and for values. */
  async constant(name: string): Promise<DenseTensor | undefined> {
    return await this.#load(name);
  }

  /** Brings a small constant into memory; `undefined` for weights and for values. */
  async #load(name: string): Promise<DenseTensor | undefined> {
    const known = this.#dense.get(name);
    if (known !== undefined) return known;
    const reference = this.initializers.get(name);
    if (reference === undefined || countElements(reference.shape) > MAX_CONSTANT_ELEMENTS) {
      return undefined;
    }
    const held = heldTensor(reference);
    const dense = held ?? await readDense(reference, this.#readOptions());
    this.#dense.set(name, dense);
    if (held === undefined) this.initializers.set(name, referenceDense(name, dense));
    return dense;
  }

  #readOptions(): { readonly signal?: AbortSignal } {
    const { signal } = this.#options;
    return signal === undefined ? {} : { signal };
  }

  #isFoldable({ operator }: Node): boolean {
    if (this.#options.foldQuantization === true) return true;
    return operator !== "QuantizeLinear" && operator !== "DequantizeLinear";
  }

  async #settings(
    node: Node,
    { settings = [] }: OperatorSchema,
  ): Promise<readonly (DenseTensor | undefined)[]> {
    const constants: (DenseTensor | undefined)[] = node.inputs.map(() => undefined);
    for (const index of settings) {
      const name = node.inputs[index] ?? "";
      if (this.initializers.has(name)) constants[index] = await this.#load(name);
    }
    return constants;
  }

  /** Turns a Constant node into an initializer. */
  #takeConstant(node: Node): boolean {
    if (node.operator !== "Constant") return false;
    const [type] = inferNode({ node, inputs: [], constants: [] });
    const [attribute] = Object.values(node.attributes);
    const name = node.outputs[0] ?? "";
    if (attribute?.type === "tensor") {
      this.#store(name, { ...attribute.value, name });
    } else if (type !== undefined) {
      const value = attribute?.value;
      const numbers = (Array.isArray(value) ? value : [value]).map(Number);
      const tensor = fromNumbers(numbers, type);
      if (tensor !== undefined) this.#store(name, referenceDense(name, tensor));
    }
    return true;
  }

  /** Replaces a node over constants by initializers; false if it must stay. */
  async #fold(call: OperatorCall, schema: OperatorSchema): Promise<boolean> {
    const { node } = call;
    const outputs = schema.dynamic === true ? [] : inferNode(call);
    const first = outputs[0];
    if (first !== undefined && await this.#foldIntoViews(call, first)) return true;
    const sizes = [...call.inputs, ...outputs].map((type) => countElements(type?.shape ?? []));
    const areSmall = sizes.every((size) => size <= MAX_CONSTANT_ELEMENTS);
    if (canEvaluateConstant(node.operator) && areSmall) {
      const constants = await Promise.all(node.inputs.map((name) => this.#load(name)));
      const results = evaluateConstant({ ...call, constants, outputs });
      if (results !== undefined && results.length >= node.outputs.length) {
        this.#storeDense(node, results);
        return true;
      }
    }
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (this.#options.evaluate === undefined || total > MAX_EVALUATED_ELEMENTS) return false;
    const read = async (name: string): Promise<DenseTensor | undefined> => {
      const reference = this.initializers.get(name);
      return reference === undefined ? undefined : await readDense(reference, this.#readOptions());
    };
    const constants = await Promise.all(node.inputs.map(read));
    this.#storeDense(node, await this.#options.evaluate(node, constants));
    return true;
  }

  /** Weights keep their bytes in the file; integers are settings and are computed instead. */
  async #foldIntoViews(call: OperatorCall, output: TensorType): Promise<boolean> {
    const [source = "", factor = ""] = call.node.inputs;
    const reference = this.initializers.get(source);
    if (reference === undefined) return false;
    const small = countElements(reference.shape) <= MAX_CONSTANT_ELEMENTS;
    if (small && (this.#dense.has(source) || !reference.dtype.includes("float"))) return false;
    const scales = call.node.operator === "Mul" || call.node.operator === "Div";
    const constants = scales ? [undefined, await this.#load(factor)] : call.constants;
    const folded = viewConstant(reference, { ...call, constants }, output);
    if (folded === undefined) return false;
    const name = folded.reference.name;
    let encoding = this.overrides.get(source);
    if (encoding !== undefined) {
      for (const view of folded.views) {
        encoding = encoding && carryEncoding(encoding, view, reference.shape);
      }
      if (encoding === undefined) return false;
      this.overrides.set(name, encoding);
    }
    this.#store(name, folded.reference);
    return true;
  }

  #store(name: string, reference: TensorReference): void {
    this.initializers.set(name, reference);
    this.types.set(name, { dtype: reference.dtype, shape: reference.shape });
  }

  #storeDense(node: Node, tensors: readonly DenseTensor[]): void {
    for (const [index, name] of node.outputs.entries()) {
      const tensor = tensors[index];
      if (name === "" || tensor === undefined) continue;
      this.#dense.set(name, tensor);
      this.#store(name, referenceDense(name, tensor));
    }
  }
}

/**
 * Folds constant nodes and infers the type of every value.
 *
 * Shape arithmetic is computed at once; a weight behind Transpose, Reshape, Cast, Slice or a scale
 * becomes a view; other constant nodes run in `options.evaluate` or stay.
 *
 * @throws {FormatError} If a node contradicts its inputs.
 * @throws {UnsupportedError} If an operator is not known or an output's shape depends on data.
 */
export async function resolveGraph(
  graph: GraphState,
  options: ResolveGraphOptions = {},
): Promise<ResolvedGraph> {
  const resolver = new GraphResolver(graph, options);
  for (const node of graph.nodes) {
    options.signal?.throwIfAborted();
    await resolver.visit(node);
  }
  const { nodes, initializers, types, overrides } = resolver;
  return { inputs: graph.inputs, nodes, initializers, types, parameterOverrides: overrides };
}
