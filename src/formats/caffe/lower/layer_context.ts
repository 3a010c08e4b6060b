import { FormatError, UnsupportedError } from "../../../errors.ts";
import { type GraphAssembler, NodeEmitter } from "../../../graph/mod.ts";
import type { CaffeMessage } from "../read/caffe_message.ts";
import type { CaffeLayer } from "../upgrade/caffe_layer.ts";
import type { LayerWeights } from "./layer_weights.ts";

/**
 * Turns a layer into nodes.
 *
 * @returns The values of its tops, in their order; where there are more, the last top is made of
 *   several, and nothing can read it.
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
export class LayerContext extends NodeEmitter {
  /** The layer. */
  readonly layer: CaffeLayer;
  /** Its tensors. */
  readonly weights: LayerWeights;
  /** Ends reading early. */
  readonly signal: AbortSignal | undefined;
  readonly #file: string;

  /** Starts without nodes. */
  constructor(parts: LayerParts) {
    const { layer, inputs, outputNames, graph } = parts;
    super(graph, { name: layer.name, inputs, outputNames });
    this.layer = layer;
    this.weights = parts.weights;
    this.signal = parts.signal;
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

  /**
   * An axis counted from the front.
   *
   * @param axis As the file has it: negative counts from the back.
   * @param rank Of the value.
   */
  axis(axis: number, rank: number): number {
    const front = axis < 0 ? axis + rank : axis;
    if (front >= 0 && front < rank) return front;
    throw this.error(`its axis is ${axis}, expected ${-rank} to ${rank - 1}`);
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
}
