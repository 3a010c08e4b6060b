import { sameGrid, type TensorEncoding } from "../../tensor/mod.ts";
import type { Node } from "../model.ts";
import { producersOf } from "../producers.ts";

/**
 * Makes two values one: readers of the second read the first. The name of a network output is kept
 * by giving it to the first; what is known about either name follows.
 */
export class ValueMerger {
  readonly #aliases = new Map<string, string>();
  readonly #renamed = new Map<string, string>();
  readonly #producers: ReadonlyMap<string, Node>;
  readonly #outputs: ReadonlySet<string>;
  readonly #encodings: readonly Map<string, TensorEncoding>[];

  /**
   * Starts with no values merged.
   *
   * @param nodes The nodes whose values shall be merged.
   * @param outputNames The network outputs.
   * @param encodings Maps by value name that follow the names; they are changed in place.
   */
  constructor(
    nodes: readonly Node[],
    { outputNames, encodings = [] }: {
      readonly outputNames: readonly string[];
      readonly encodings?: readonly Map<string, TensorEncoding>[];
    },
  ) {
    this.#producers = producersOf({ nodes });
    this.#outputs = new Set(outputNames);
    this.#encodings = encodings;
  }

  /** The name under which a value is read now. */
  nameOf(value: string): string {
    const source = this.#aliases.get(value) ?? value;
    return this.#renamed.get(source) ?? source;
  }

  /**
   * Lets `value` be `source`, an earlier value.
   *
   * @returns Whether the node that makes `value` can go; if not, nothing has changed.
   */
  merge(value: string, source: string): boolean {
    const first = this.#aliases.get(source) ?? source;
    if (!this.#agree(value, this.nameOf(first))) return false;
    if (this.#outputs.has(value)) {
      const movable = this.#producers.has(first) && !this.#outputs.has(first) &&
        !this.#renamed.has(first);
      if (!movable) return false;
      this.#renamed.set(first, value);
      this.#aliases.set(value, first);
      this.#move(first, value);
    } else {
      this.#aliases.set(value, first);
      this.#move(value, this.nameOf(first));
    }
    return true;
  }

  /** The node with its values named as they are now. */
  rename(node: Node): Node {
    return {
      ...node,
      inputs: node.inputs.map((input) => this.nameOf(input)),
      outputs: node.outputs.map((output) => this.nameOf(output)),
    };
  }

  /** Two values with different encodings are different values in a quantized run. */
  #agree(value: string, other: string): boolean {
    return this.#encodings.every((encodings) => {
      const [one, two] = [encodings.get(value), encodings.get(other)];
      return one === undefined || two === undefined || sameGrid(one, two);
    });
  }

  #move(from: string, to: string): void {
    for (const encodings of this.#encodings) {
      const encoding = encodings.get(from);
      if (encoding === undefined) continue;
      encodings.delete(from);
      encodings.set(to, encoding);
    }
  }
}
