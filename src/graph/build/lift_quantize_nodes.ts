import {
  sameGrid,
  type TensorEncoding,
  type TensorReference,
  viewTensor,
} from "../../tensor/mod.ts";
import type { ModelEncodings, Node } from "../model.ts";
import { producersOf } from "../producers.ts";
import { quantizeEncoding } from "./quantize_encoding.ts";
import type { ResolvedGraph } from "./resolve_graph.ts";
import { ValueMerger } from "./value_merger.ts";

/** A graph with QuantizeLinear and DequantizeLinear nodes in it. */
export interface QuantizedGraph extends ResolvedGraph {
  /** The network outputs, whose names are kept. */
  readonly outputNames: readonly string[];
  /** Encodings asked for already; they win over those of nodes. */
  readonly overrides: ModelEncodings;
}

/** What is left of a {@linkcode QuantizedGraph} without its quantize nodes. */
export interface LiftedGraph {
  /** In topological order; may contain dead nodes. */
  readonly nodes: readonly Node[];
  /** Constants by name; stored integers behind a DequantizeLinear have a view now. */
  readonly initializers: ReadonlyMap<string, TensorReference>;
  /** All encodings asked for. */
  readonly overrides: ModelEncodings;
}

/** Takes quantize nodes out of a graph one DequantizeLinear at a time. */
class QuantizeNodeLifter {
  readonly initializers: Map<string, TensorReference>;
  readonly activations: Map<string, TensorEncoding>;
  readonly parameters: Map<string, TensorEncoding>;
  readonly #graph: QuantizedGraph;
  readonly #producers: ReadonlyMap<string, Node>;
  readonly #merger: ValueMerger;

  constructor(graph: QuantizedGraph) {
    this.#graph = graph;
    this.#producers = producersOf(graph);
    this.initializers = new Map(graph.initializers);
    this.activations = new Map(graph.overrides.activations);
    this.parameters = new Map(graph.overrides.parameters);
    const encodings = [this.activations];
    this.#merger = new ValueMerger(graph.nodes, { outputNames: graph.outputNames, encodings });
  }

  /** The nodes that are left, with values named by what they are now. */
  run(): readonly Node[] {
    const kept = this.#graph.nodes.flatMap((node) =>
      node.operator === "DequantizeLinear" ? this.#lift(node) : [node]
    );
    return kept.map((node) => this.#merger.rename(node));
  }

  /** What stays of a DequantizeLinear node: nothing, the node itself, or an Identity. */
  #lift(node: Node): readonly Node[] {
    const [stored = "", scale = ""] = node.inputs;
    const output = node.outputs[0] ?? "";
    const type = this.#graph.types.get(stored);
    const dtype = this.#graph.types.get(scale)?.dtype;
    const encoding = type && quantizeEncoding(this.#graph, node, { type, stored: type.dtype });
    if (encoding === undefined) return [node];
    const constant = this.initializers.get(stored);
    if (constant !== undefined) {
      this.parameters.set(output, this.#graph.overrides.parameters.get(output) ?? encoding);
      const real = viewTensor(constant, { kind: "dequantize", encoding });
      const cast = dtype === undefined || dtype === "float32"
        ? real
        : viewTensor(real, { kind: "cast", dtype });
      this.initializers.set(output, { ...cast, name: output });
      return [];
    }
    const source = this.#quantizedBy(stored, encoding);
    if (source === undefined) return [node];
    const into = this.initializers.has(source) ? this.parameters : this.activations;
    if (!this.#claim(into, { name: source, encoding })) return [node];
    if (this.#merger.merge(output, source)) return [];
    this.activations.set(output, encoding);
    return [{ ...node, operator: "Identity", inputs: [source], attributes: {} }];
  }

  /** Sets an encoding; false if another node has given a value another one. */
  #claim(
    encodings: Map<string, TensorEncoding>,
    { name, encoding }: { readonly name: string; readonly encoding: TensorEncoding },
  ): boolean {
    const other = encodings.get(name);
    if (other === undefined) encodings.set(name, encoding);
    const { activations, parameters } = this.#graph.overrides;
    const given = (encodings === this.parameters ? parameters : activations).has(name);
    return other === undefined || given || sameGrid(other, encoding);
  }

  /** What the QuantizeLinear behind `stored` reads, if it quantizes to the same grid. */
  #quantizedBy(stored: string, encoding: TensorEncoding): string | undefined {
    const quantize = this.#producers.get(stored);
    const type = this.#graph.types.get(stored);
    if (quantize?.operator !== "QuantizeLinear" || type === undefined) return undefined;
    const own = quantizeEncoding(this.#graph, quantize, { type, stored: type.dtype });
    if (own === undefined || !sameGrid(own, encoding)) return undefined;
    return this.#merger.nameOf(quantize.inputs[0] ?? "");
  }
}

/**
 * Takes pairs of QuantizeLinear and DequantizeLinear out of a graph and keeps what they say as
 * encodings: of an activation by the name of the value, of a weight by the name of the initializer.
 * DequantizeLinear over stored integers becomes a view under its output's name.
 *
 * A node stays where its scale is not constant or runs over blocks, where the pair does not agree,
 * or where the same value already has another encoding.
 */
export function liftQuantizeNodes(graph: QuantizedGraph): LiftedGraph {
  const lifter = new QuantizeNodeLifter(graph);
  const nodes = lifter.run();
  const { activations, parameters, initializers } = lifter;
  return { nodes, initializers, overrides: { ...graph.overrides, activations, parameters } };
}
