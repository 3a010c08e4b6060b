import type { Attribute, Node } from "../../../graph/mod.ts";
import { type DenseTensor, viewTensor } from "../../../tensor/mod.ts";
import { reshapeConstant } from "./constant.ts";
import { attribute, type Constant, inputOf } from "./normal_graph.ts";
import { type Normalizer, unsupported } from "./normalizer.ts";

/** A step of a computation: an operand that exists, or the result of an operator. */
export interface Term {
  /** Dimensions. */
  readonly shape: readonly number[];
  /** Name of the value or constant; absent where an operator makes it. */
  readonly operand?: string;
}

/** Attributes by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

interface Step {
  readonly operator: string;
  readonly inputs: readonly Term[];
  readonly outputs: readonly Term[];
  readonly attributes: Attributes;
}

/**
 * Says a node by several operators of normal form. Terms are put together like a formula;
 * {@linkcode Composer.finish} names them and adds the nodes.
 */
export class Composer {
  readonly #node: Node;
  readonly #normalizer: Normalizer;
  readonly #steps: Step[] = [];

  /**
   * Starts with nothing.
   *
   * @param node What is to be said.
   * @param normalizer Where the nodes go.
   */
  constructor(node: Node, normalizer: Normalizer) {
    this.#node = node;
    this.#normalizer = normalizer;
  }

  /** A value or constant of the graph. */
  operand(name: string): Term {
    return { shape: this.#normalizer.shape(name), operand: name };
  }

  /** An input that the node cannot do without. */
  input(index: number): Term {
    return this.operand(inputOf(this.#node, index));
  }

  /** A changed copy of a constant. */
  derive(name: string, suffix: string, change: (constant: Constant) => Constant): Term {
    return this.operand(this.#normalizer.derive(name, name + suffix, change));
  }

  /** A value or constant of the graph in another shape. */
  reshapeOperand(name: string, shape: readonly number[]): Term {
    return this.#normalizer.isConstant(name)
      ? this.derive(name, ".shaped", (constant) => reshapeConstant(constant, shape))
      : this.reshape(this.operand(name), shape);
  }

  /**
   * A new constant; one of floats gets the type of the node's first input.
   *
   * @throws {UnsupportedError} If there are floats to compute with and the input holds integers.
   */
  constant(suffix: string, dense: DenseTensor): Term {
    const name = this.#normalizer.constant(`${this.#node.name}.${suffix}`, dense);
    const { shape, dtype } = dense;
    const type = this.#normalizer.type(inputOf(this.#node, 0));
    if (dtype !== "float32" || type === "float32") return { shape, operand: name };
    if (type !== "float16") {
      throw unsupported(this.#node, `it computes with ${type}`, "float32");
    }
    const cast = { kind: "cast", dtype: type } as const;
    const operand = this.#normalizer.derive(name, name, (constant) => ({
      ...constant,
      data: viewTensor(constant.data, cast),
    }));
    return { shape, operand };
  }

  /** A new constant of one float. */
  scalar(value: number): Term {
    const data = Float32Array.of(value);
    return this.constant("number", { dtype: "float32", shape: [1], data });
  }

  /** An operator on elements; operands are broadcast. */
  apply(operator: string, inputs: readonly Term[], attributes: Attributes = {}): Term {
    const shape = inputs.map((term) => term.shape).reduce(broadcastShape);
    return this.#step(operator, inputs, { shape, attributes });
  }

  /** The product of two matrices, or of two stacks of them. */
  matmul(left: Term, right: Term): Term {
    const stack = broadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2));
    const shape = [...stack, left.shape.at(-2) ?? 1, right.shape.at(-1) ?? 1];
    return this.#step("MatMul", [left, right], { shape });
  }

  /** `rows · weightsᵀ + bias` with constant weights `[outputs, inputs]`. */
  linear(rows: Term, weights: Term, bias?: Term): Term {
    const shape = [rows.shape[0] ?? 1, weights.shape[0] ?? 1];
    const inputs = bias === undefined ? [rows, weights] : [rows, weights, bias];
    return this.#step("Gemm", inputs, { shape });
  }

  /** An operator whose result has a given shape: windows and resizing. */
  produce(
    operator: string,
    inputs: readonly Term[],
    result: { readonly shape: readonly number[]; readonly attributes: Attributes },
  ): Term {
    return this.#step(operator, inputs, result);
  }

  /** The elements in another shape. */
  reshape(term: Term, shape: readonly number[]): Term {
    if (`${term.shape}` === `${shape}`) return term;
    return this.#step("Reshape", [term], { shape });
  }

  /** Axes in another order; axis `i` of the result is axis `order[i]` of the operand. */
  transpose(term: Term, order: readonly number[]): Term {
    if (order.every((axis, i) => axis === i)) return term;
    const shape = order.map((axis) => term.shape[axis] ?? 1);
    return this.#step("Transpose", [term], { shape, attributes: { perm: attribute.ints(order) } });
  }

  /** The slices at `indices` along an axis. */
  gather(term: Term, { axis, indices }: { axis: number; indices: readonly number[] }): Term {
    const data = Int32Array.from(indices);
    const table = this.constant("indices", { dtype: "int32", shape: [data.length], data });
    return this.#step("Gather", [term, table], {
      shape: term.shape.with(axis, data.length),
      attributes: { axis: attribute.int(axis) },
    });
  }

  /** A sum, mean or extremum over axes, which stay with length 1. */
  reduce(operator: string, term: Term, axes: readonly number[]): Term {
    const shape = term.shape.map((size, axis) => axes.includes(axis) ? 1 : size);
    const attributes = { axes: attribute.ints(axes), keepdims: attribute.int(1) };
    return this.#step(operator, [term], { shape, attributes });
  }

  /** Parts along an axis, of the given sizes. */
  split(term: Term, { axis, sizes }: { axis: number; sizes: readonly number[] }): readonly Term[] {
    if (sizes.length === 1) return [term];
    const outputs = sizes.map((size): Term => ({ shape: term.shape.with(axis, size) }));
    const attributes = { axis: attribute.int(axis), split: attribute.ints(sizes) };
    this.#steps.push({ operator: "Split", inputs: [term], outputs, attributes });
    return outputs;
  }

  /** Terms one behind the other along an axis. */
  concat(terms: readonly Term[], axis: number): Term {
    const [first] = terms;
    if (first === undefined) throw new Error(`Cannot join nothing in node "${this.#node.name}"`);
    if (terms.length === 1) return first;
    const size = terms.reduce((sum, { shape }) => sum + (shape[axis] ?? 1), 0);
    return this.#step("Concat", terms, {
      shape: first.shape.with(axis, size),
      attributes: { axis: attribute.int(axis) },
    });
  }

  /**
   * Adds the nodes. What no result needs is left out.
   *
   * @param results The terms that the node's outputs are, in their order; an output without name
   *   needs none.
   */
  finish(...results: readonly Term[]): void {
    const names = new Map<Term, string>();
    const copies: (readonly [Term, string])[] = [];
    for (const [index, output] of this.#node.outputs.entries()) {
      const term = results[index];
      if (output === "" || term === undefined) continue;
      const shaped = this.reshape(term, this.#normalizer.shape(output));
      if (shaped.operand !== undefined || names.has(shaped)) copies.push([shaped, output]);
      else names.set(shaped, output);
    }
    const needed = new Set<Term>([...names.keys(), ...copies.map(([term]) => term)]);
    const steps = this.#steps.toReversed().filter(({ inputs, outputs }) => {
      const isNeeded = outputs.some((term) => needed.has(term));
      if (isNeeded) { for (const term of inputs) needed.add(term); }
      return isNeeded;
    }).reverse();
    const nameOf = (term: Term): string => {
      const known = term.operand ?? names.get(term);
      if (known !== undefined) return known;
      const like = this.#node.outputs.find((output) => output !== "") ?? "";
      const name = this.#normalizer.intermediate(`${this.#node.name}.value`, like, term.shape);
      names.set(term, name);
      return name;
    };
    const last = steps.at(-1);
    for (const step of steps) {
      const { operator, inputs, outputs, attributes } = step;
      const node = {
        operator,
        inputs: inputs.map(nameOf),
        outputs: outputs.map(nameOf),
        attributes,
      };
      this.#normalizer.emit(this.#node, node, step === last ? "" : `.${operator}`);
    }
    for (const [term, output] of copies) {
      const node = { operator: "Reshape", inputs: [nameOf(term)], outputs: [output] };
      this.#normalizer.emit(this.#node, node, steps.length === 0 ? "" : ".copy");
    }
  }

  #step(
    operator: string,
    inputs: readonly Term[],
    { shape, attributes = {} }: { shape: readonly number[]; attributes?: Attributes },
  ): Term {
    const output: Term = { shape };
    this.#steps.push({ operator, inputs, outputs: [output], attributes });
    return output;
  }
}

/** The shape of an element-wise result, as ONNX broadcasts. */
export function broadcastShape(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    return left === 1 ? right : left;
  });
}
