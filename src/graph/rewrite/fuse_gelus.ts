import { countElements, readDense } from "../../tensor/mod.ts";
import type { Model, Node } from "../model.ts";
import { consumersOf, producersOf } from "../producers.ts";
import { rewriteModel } from "./rewrite_model.ts";

/** How far the constants of a formula may be off, relative to what they should be. */
const TOLERANCE = 1e-6;

/**
 * Makes one Gelu of the formula `x · ½ · (1 + erf(x / √2))` and of `x · ½ · (1 − erf(−x / √2))`, its
 * factors in any order, as PyTorch and Keras export them. A formula stays as it is if anything
 * between `x` and the result is read elsewhere, is a network output, or has an encoding.
 *
 * @param model The model; not changed.
 */
export async function fuseGelus(model: Model): Promise<Model> {
  if (!model.nodes.some(({ operator }) => operator === "Erf")) return model;
  const formula = new GeluFormula(model, await readScalars(model));
  const nodes = model.nodes.map((node): Node => {
    const input = formula.match(node);
    return input === undefined
      ? node
      : { ...node, operator: "Gelu", inputs: [input], attributes: {} };
  });
  if (nodes.every((node, i) => node === model.nodes[i])) return model;
  return rewriteModel(model, { nodes, initializers: model.initializers });
}

/** The numbers of constants of one element that enter products, quotients, sums and differences. */
async function readScalars(model: Model): Promise<ReadonlyMap<string, number>> {
  const scalars = new Map<string, number>();
  for (const { operator, inputs } of model.nodes) {
    if (!["Add", "Div", "Mul", "Sub"].includes(operator)) continue;
    for (const name of inputs) {
      const reference = model.initializers.get(name);
      if (reference?.dtype !== "float32" || countElements(reference.shape) !== 1) continue;
      const { data } = await readDense(reference);
      scalars.set(name, Number(data[0]));
    }
  }
  return scalars;
}

/** Longer chains of factors are not looked through. */
const MAX_DEPTH = 4;

/** A value as a number times another value. */
interface Multiple {
  readonly value: string;
  readonly factor: number;
}

class GeluFormula {
  readonly #model: Model;
  readonly #scalars: ReadonlyMap<string, number>;
  readonly #producers: ReadonlyMap<string, Node>;
  readonly #consumers: ReadonlyMap<string, readonly Node[]>;
  readonly #outputs: ReadonlySet<string>;

  constructor(model: Model, scalars: ReadonlyMap<string, number>) {
    this.#model = model;
    this.#scalars = scalars;
    this.#producers = producersOf(model);
    this.#consumers = consumersOf(model);
    this.#outputs = new Set(model.outputs.map(({ name }) => name));
  }

  /** The `x` of the formula whose last operator is `node`. */
  match(node: Node): string | undefined {
    if (node.operator !== "Mul" && node.operator !== "Div") return undefined;
    const { factor, values } = this.#factorsOf(node);
    const [first = "", second = ""] = values;
    if (values.length !== 2 || !isClose(factor, 0.5)) return undefined;
    for (const [x, gate] of [[first, second], [second, first]] as const) {
      const argument = this.#argumentOf(gate);
      if (argument?.value !== x || !isClose(argument.factor, Math.SQRT1_2)) continue;
      const from = this.#model.values.get(x);
      const to = this.#model.values.get(node.outputs[0] ?? "");
      if (from?.dtype === "float32" && `${from.shape}` === `${to?.shape}`) return x;
    }
    return undefined;
  }

  /** The constant and the values that a node multiplies, products within it taken apart. */
  #factorsOf(
    node: Node,
    depth = 0,
  ): { readonly factor: number; readonly values: readonly string[] } {
    const values: string[] = [];
    let factor = 1;
    for (const [index, name] of node.inputs.entries()) {
      const scalar = this.#scalars.get(name);
      const isDivisor = node.operator === "Div" && index === 1;
      const inner = depth < MAX_DEPTH ? this.#innerNode(name) : undefined;
      if (scalar !== undefined) factor *= isDivisor ? 1 / scalar : scalar;
      else if (!isDivisor && (inner?.operator === "Mul" || inner?.operator === "Div")) {
        const within = this.#factorsOf(inner, depth + 1);
        factor *= within.factor;
        values.push(...within.values);
      } else if (isDivisor) return { factor: NaN, values: [] };
      else values.push(name);
    }
    return { factor, values };
  }

  /** For `1 + erf(factor · value)`, and `1 − erf(−factor · value)`, what erf is taken of. */
  #argumentOf(gate: string): Multiple | undefined {
    const node = this.#innerNode(gate);
    if (node?.operator !== "Add" && node?.operator !== "Sub") return undefined;
    const [left = "", right = ""] = node.inputs;
    const isFirst = this.#scalars.get(left) === 1;
    if (!isFirst && (node.operator === "Sub" || this.#scalars.get(right) !== 1)) return undefined;
    const erf = this.#innerNode(isFirst ? right : left);
    if (erf?.operator !== "Erf") return undefined;
    const { value, factor } = this.#multipleOf(erf.inputs[0] ?? "");
    return { value, factor: node.operator === "Add" ? factor : -factor };
  }

  /** Takes constant factors and signs off a value. */
  #multipleOf(name: string, depth = 0): Multiple {
    const node = depth < MAX_DEPTH ? this.#innerNode(name) : undefined;
    const [left = "", right = ""] = node?.inputs ?? [];
    const [first, second] = [this.#scalars.get(left), this.#scalars.get(right)];
    const scaled = (value: string, by: number): Multiple => {
      const inner = this.#multipleOf(value, depth + 1);
      return { value: inner.value, factor: inner.factor * by };
    };
    if (node?.operator === "Neg") return scaled(left, -1);
    if (node?.operator === "Mul" && first !== undefined) return scaled(right, first);
    if (node?.operator === "Mul" && second !== undefined) return scaled(left, second);
    if (node?.operator === "Div" && second !== undefined) return scaled(left, 1 / second);
    return { value: name, factor: 1 };
  }

  /** The node that makes a value which nothing else needs. */
  #innerNode(name: string): Node | undefined {
    const { encodings, overrides } = this.#model;
    const isFree = this.#consumers.get(name)?.length === 1 && !this.#outputs.has(name) &&
      !encodings.activations.has(name) && !overrides.activations.has(name) &&
      overrides.types?.activations.has(name) !== true;
    return isFree ? this.#producers.get(name) : undefined;
  }
}

function isClose(found: number, expected: number): boolean {
  return Math.abs(found - expected) <= TOLERANCE * Math.abs(expected);
}
