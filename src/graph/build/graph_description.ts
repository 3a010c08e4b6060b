import type { DenseTensor, TensorReference } from "../../tensor/mod.ts";
import type { ModelEncodings, ModelMetadata, Node, ValueInfo } from "../model.ts";

/** A graph as a format read it: names not yet checked, order and shapes not yet known. */
export interface GraphDescription {
  /** The graph's name. */
  readonly name: string;
  /** Network inputs with static shapes, without initializers. */
  readonly inputs: readonly ValueInfo[];
  /** Names of the network outputs. */
  readonly outputNames: readonly string[];
  /** Nodes in any order, with the meanings of {@linkcode PINNED_OPSET}; empty names are filled in. */
  readonly nodes: readonly Node[];
  /** Constants by name. */
  readonly initializers: ReadonlyMap<string, TensorReference>;
  /** Where the model came from. */
  readonly metadata: ModelMetadata;
  /** Encodings in force, for a source that is already quantized. */
  readonly encodings?: ModelEncodings;
  /** Encodings the source asks for. */
  readonly overrides?: ModelEncodings;
  /** Releases the files behind the initializers; called when the model is disposed of. */
  readonly dispose: () => Promise<void>;
}

/** Runs one node on dense inputs; `undefined` stands for an optional input that is left out. */
export type NodeEvaluator = (
  node: Node,
  inputs: readonly (DenseTensor | undefined)[],
) => Promise<readonly DenseTensor[]>;

/** Options of {@linkcode buildModel}. */
export interface BuildModelOptions {
  /**
   * Runs constant nodes that dlcstream's own small evaluator does not know.
   *
   * @default {undefined} such nodes stay in the graph
   */
  readonly evaluate?: NodeEvaluator;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}
