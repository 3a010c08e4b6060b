import { parseReference } from "../lower/graph_scope.ts";
import type { TensorflowNode } from "../proto/read_node_def.ts";
import { isSameScalar, LinearScalars, type Scalar } from "./linear_scalar.ts";

type Nodes = ReadonlyMap<string, TensorflowNode>;

/** Operators that give numbers between 0 and 1. */
const RANDOM = new Set(["RandomUniform", "StatelessRandomUniform", "StatelessRandomUniformV2"]);

const ADDING = new Set(["Add", "AddV2"]);

/** The longest way from a mask or a scale back to where it comes from. */
const MAX_STEPS = 8;

/**
 * Finds dropout: `x / keep * mask` or `select(mask, x / keep, 0)` with a random mask that is 1 with
 * the probability `keep`, so that the mean stays. For inference it is `x`.
 *
 * @param nodes Nodes by name.
 * @returns An Identity for the last node of each dropout, by name.
 */
export function findDropouts(nodes: Nodes): Map<string, TensorflowNode> {
  const found = new Map<string, TensorflowNode>();
  const finder = new DropoutFinder(nodes);
  for (const node of nodes.values()) {
    const source = finder.sourceOf(node);
    if (source === undefined) continue;
    const { name } = node;
    found.set(name, { name, operator: "Identity", inputs: [source], attributes: new Map() });
  }
  return found;
}

class DropoutFinder {
  readonly #nodes: Nodes;
  readonly #scalars: LinearScalars;

  /** Finds nothing yet. */
  constructor(nodes: Nodes) {
    this.#nodes = nodes;
    this.#scalars = new LinearScalars(nodes);
  }

  /** What the last node of a dropout drops elements of; `undefined` for other nodes. */
  sourceOf({ operator, inputs }: TensorflowNode): string | undefined {
    const [first = "", second = "", third = ""] = inputs;
    switch (operator) {
      case "Mul":
        return this.#unscaled(first, this.#keptBy(second)) ??
          this.#unscaled(second, this.#keptBy(first));
      case "SelectV2":
        return this.#isZero(third) ? this.#unscaled(second, this.#keptBy(first)) : undefined;
    }
    return undefined;
  }

  /** The probability with which a random mask keeps an element. */
  #keptBy(reference: string): Scalar | undefined {
    const mask = this.#behindCasts(reference);
    const [first = "", second = ""] = mask?.inputs ?? [];
    switch (mask?.operator) {
      case "GreaterEqual":
        return this.#isUniform(first) ? this.#scalars.complement(second) : undefined;
      case "Less":
        return this.#isUniform(first) ? this.#scalars.read(second) : undefined;
      case "Floor": {
        const sum = this.#behindCasts(first);
        if (!ADDING.has(sum?.operator ?? "")) return undefined;
        const [a = "", b = ""] = sum?.inputs ?? [];
        if (this.#isUniform(a)) return this.#scalars.read(b);
        return this.#isUniform(b) ? this.#scalars.read(a) : undefined;
      }
    }
    return undefined;
  }

  /** Random numbers between 0 and 1, maybe as `random * (1 - 0) + 0`. */
  #isUniform(reference: string): boolean {
    const node = this.#behindCasts(reference);
    if (node === undefined) return false;
    if (RANDOM.has(node.operator)) return true;
    const [first = "", second = ""] = node.inputs;
    if (ADDING.has(node.operator)) return this.#isZero(second) && this.#isUniform(first);
    const factor = node.operator === "Mul" ? this.#scalars.read(second) : undefined;
    return factor !== undefined && isSameScalar(factor, { value: 1 }) && this.#isUniform(first);
  }

  /** What was divided by the probability. */
  #unscaled(reference: string, keep: Scalar | undefined): string | undefined {
    if (keep === undefined) return undefined;
    const { operator, inputs: [first = "", second = ""] } = this.#nodes.get(reference) ??
      { operator: "", inputs: [] };
    const isDivisor = (divisor: Scalar | undefined): boolean =>
      divisor !== undefined && isSameScalar(divisor, keep);
    if (operator === "RealDiv" || operator === "Div") {
      return isDivisor(this.#scalars.read(second)) ? first : undefined;
    }
    if (operator !== "Mul") return undefined;
    if (isDivisor(this.#scalars.inverse(second))) return first;
    return isDivisor(this.#scalars.inverse(first)) ? second : undefined;
  }

  #isZero(reference: string): boolean {
    if (this.#nodes.get(reference)?.operator === "ZerosLike") return true;
    const value = this.#scalars.read(reference);
    return value !== undefined && isSameScalar(value, { value: 0 });
  }

  #behindCasts(reference: string): TensorflowNode | undefined {
    let node = this.#nodes.get(parseReference(reference).name);
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      if (node?.operator !== "Cast" && node?.operator !== "Identity") return node;
      node = this.#nodes.get(parseReference(node.inputs[0] ?? "").name);
    }
    return undefined;
  }
}
