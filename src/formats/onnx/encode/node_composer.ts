import type { Attribute, Node } from "../../../graph/mod.ts";
import type { DenseTensor } from "../../../tensor/mod.ts";

/** Makes the ONNX nodes that one node becomes. Their names begin with a prefix that nothing else has. */
export class NodeComposer {
  /** The nodes so far, in topological order. */
  readonly nodes: Node[] = [];
  /** The constants so far, by name. */
  readonly initializers = new Map<string, DenseTensor>();
  readonly #prefix: string;

  /** Starts without nodes. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Adds a node and returns its output. */
  apply(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    return this.#add(operator, inputs, { attributes, outputs: [this.#next(operator)] })[0] ?? "";
  }

  /** Adds a node whose output is a value of the graph. */
  finish(
    output: string,
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void {
    this.#add(operator, inputs, { attributes, outputs: [output] });
  }

  /** Sorts along the last axis; returns the first `count` values and their indices. */
  sort(
    input: string,
    count: number,
    order: "falling" | "rising",
  ): readonly [values: string, indices: string] {
    const values = this.#next("TopK");
    const indices = `${values}/indices`;
    this.#add("TopK", [input, this.integers([count])], {
      attributes: { largest: { type: "int", value: order === "falling" ? 1 : 0 } },
      outputs: [values, indices],
    });
    return [values, indices];
  }

  /** Cuts out a part of an axis. */
  slice(
    input: string,
    { axis, start, end }: { readonly axis: number; readonly start: number; readonly end: number },
  ): string {
    const bounds = [[start], [end], [axis]].map((list) => this.integers(list));
    return this.apply("Slice", [input, ...bounds]);
  }

  /** Adds a vector of int64. */
  integers(values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.constant({ dtype: "int64", shape: [values.length], data });
  }

  /** Adds a scalar of int64. */
  integer(value: number): string {
    return this.constant({ dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(value)) });
  }

  /** Adds a scalar of float32. */
  float(value: number): string {
    return this.constant({ dtype: "float32", shape: [], data: Float32Array.of(value) });
  }

  /** Adds a constant. */
  constant(tensor: DenseTensor): string {
    const name = `${this.#prefix}constant${this.initializers.size}`;
    this.initializers.set(name, tensor);
    return name;
  }

  #next(operator: string): string {
    return `${this.#prefix}${operator}${this.nodes.length}`;
  }

  #add(
    operator: string,
    inputs: readonly string[],
    { attributes, outputs }: Pick<Node, "attributes" | "outputs">,
  ): readonly string[] {
    this.nodes.push({ name: this.#next(operator), operator, inputs, outputs, attributes });
    return outputs;
  }
}
