import { einsumSubscripts, type Node } from "../../../graph/mod.ts";
import { countElements } from "../../../tensor/mod.ts";
import { Composer, type Term } from "./composer.ts";
import { permuteConstant } from "./constant.ts";
import type { NormalizeNode, Normalizer } from "./normalizer.ts";

/** Sums of products along named dimensions, by products of matrices. */
export const NORMALIZE_EINSUM: Readonly<Record<string, NormalizeNode>> = {
  Einsum: normalizeEinsum,
};

/** An operand and the names of its dimensions, each of which is longer than 1 and named once. */
interface Factor {
  readonly term: Term;
  readonly labels: readonly string[];
}

/** Dimensions by what happens to them in a product of two factors. */
interface Roles {
  /** In both factors and in the product. */
  readonly stack: readonly string[];
  /** In both factors, summed over. */
  readonly inner: readonly string[];
  /** In the left factor only. */
  readonly rows: readonly string[];
  /** In the right factor only. */
  readonly columns: readonly string[];
}

/**
 * Factors are multiplied one after the other, from the left. Dimensions of length 1, by which
 * operands are broadcast, are left out on the way.
 */
function normalizeEinsum(node: Node, normalizer: Normalizer): void {
  const composer = new Composer(node, normalizer);
  const terms = node.inputs.map((_, index) => composer.input(index));
  const { inputs, output, extents } = einsumSubscripts(node, terms.map(({ shape }) => shape));
  const einsum = new EinsumComposer({ node, normalizer, composer, extents });
  const result = output.filter((label) => extents.get(label) !== 1);
  const factors = terms.map((term, index) => einsum.factor(term, inputs[index] ?? []));
  const product = factors.slice(1).reduce(
    (left, right, index) => {
      const later = factors.slice(index + 2).flatMap(({ labels }) => labels);
      return einsum.multiply(left, right, [...result, ...later]);
    },
    einsum.sum(factors[0] ?? { term: composer.scalar(1), labels: [] }, [
      ...result,
      ...factors.slice(1).flatMap(({ labels }) => labels),
    ]),
  );
  composer.finish(einsum.arrange(product, result).term);
}

/** The steps of an Einsum. */
class EinsumComposer {
  readonly #node: Node;
  readonly #normalizer: Normalizer;
  readonly #composer: Composer;
  readonly #extents: ReadonlyMap<string, number>;

  /** Starts with nothing. */
  constructor({ node, normalizer, composer, extents }: {
    readonly node: Node;
    readonly normalizer: Normalizer;
    readonly composer: Composer;
    readonly extents: ReadonlyMap<string, number>;
  }) {
    this.#node = node;
    this.#normalizer = normalizer;
    this.#composer = composer;
    this.#extents = extents;
  }

  /** An operand without its dimensions of length 1; of one named twice the diagonal is taken. */
  factor(operand: Term, names: readonly string[]): Factor {
    const labels = names.filter((_, axis) => operand.shape[axis] !== 1);
    let factor: Factor = { term: this.#reshape(operand, this.#sizes(labels)), labels };
    for (const label of new Set(labels)) {
      while (factor.labels.indexOf(label) !== factor.labels.lastIndexOf(label)) {
        factor = this.#diagonal(factor, label);
      }
    }
    return factor;
  }

  /** Without the dimensions that nobody needs any more. */
  sum({ term, labels }: Factor, needed: readonly string[]): Factor {
    const left = labels.filter((label) => needed.includes(label));
    if (left.length === labels.length) return { term, labels };
    const axes = labels.flatMap((label, axis) => needed.includes(label) ? [] : [axis]);
    const sum = this.#composer.reduce("ReduceSum", term, axes);
    return { term: this.#reshape(sum, this.#sizes(left)), labels: left };
  }

  /** Dimensions in another order. */
  arrange({ term, labels }: Factor, order: readonly string[]): Factor {
    const axes = order.map((label) => labels.indexOf(label));
    return { term: this.#transpose(term, axes), labels: order };
  }

  /** The product of two factors, summed over what is not needed behind it. */
  multiply(first: Factor, second: Factor, needed: readonly string[]): Factor {
    const a = this.sum(first, [...needed, ...second.labels]);
    const b = this.sum(second, [...needed, ...first.labels]);
    const [left, right] = this.#isOtherWayRound(a, b, needed) ? [b, a] : [a, b];
    const both = left.labels.filter((label) => right.labels.includes(label));
    const roles: Roles = {
      stack: both.filter((label) => needed.includes(label)),
      inner: both.filter((label) => !needed.includes(label)),
      rows: left.labels.filter((label) => !both.includes(label)),
      columns: right.labels.filter((label) => !both.includes(label)),
    };
    const labels = [...roles.stack, ...roles.rows, ...roles.columns];
    const product = roles.inner.length === 0
      ? this.#outerProduct(left, right, roles)
      : this.#innerProduct(left, right, roles);
    return { term: this.#reshape(product, this.#sizes(labels)), labels };
  }

  /** A constant is the right factor; else that one is whose own dimensions come last. */
  #isOtherWayRound(left: Factor, right: Factor, needed: readonly string[]): boolean {
    const [a, b] = [left, right].map(({ term }) => this.#isConstant(term));
    if (a !== b) return a === true;
    const own = needed.find((label) =>
      left.labels.includes(label) !== right.labels.includes(label)
    );
    return own !== undefined && right.labels.includes(own);
  }

  /** A fully connected layer where a constant has no dimension of the stack, else a MatMul. */
  #innerProduct(left: Factor, right: Factor, { stack, inner, rows, columns }: Roles): Term {
    if (stack.length === 0 && !this.#isConstant(left.term) && this.#isConstant(right.term)) {
      return this.#composer.linear(
        this.#matrices(left, [rows, inner]),
        this.#matrices(right, [columns, inner]),
      );
    }
    return this.#composer.matmul(
      this.#matrices(left, [stack, rows, inner]),
      this.#matrices(right, [stack, inner, columns]),
    );
  }

  #outerProduct(left: Factor, right: Factor, { stack, rows, columns }: Roles): Term {
    return this.#composer.apply("Mul", [
      this.#matrices(left, [stack, rows, []]),
      this.#matrices(right, [stack, [], columns]),
    ]);
  }

  /** A factor with each group of dimensions as one. */
  #matrices(factor: Factor, groups: readonly (readonly string[])[]): Term {
    const { term } = this.arrange(factor, groups.flat());
    return this.#reshape(term, groups.map((labels) => countElements(this.#sizes(labels))));
  }

  /** Of the first two dimensions of a name the elements whose indices are equal. */
  #diagonal({ term, labels }: Factor, label: string): Factor {
    const first = labels.indexOf(label);
    const pair = [first, labels.indexOf(label, first + 1)];
    const others = labels.flatMap((_, axis) => pair.includes(axis) ? [] : [axis]);
    const rest = others.map((axis) => labels[axis] ?? "");
    const size = this.#extents.get(label) ?? 1;
    const sizes = this.#sizes(rest);
    const flat = this.#reshape(this.#transpose(term, [...pair, ...others]), [
      size * size,
      ...sizes,
    ]);
    const indices = Array.from({ length: size }, (_, index) => index * (size + 1));
    const diagonal = this.#composer.gather(flat, { axis: 0, indices });
    return { term: diagonal, labels: [label, ...rest] };
  }

  #sizes(labels: readonly string[]): readonly number[] {
    return labels.map((label) => this.#extents.get(label) ?? 1);
  }

  #isConstant({ operand }: Term): boolean {
    return operand !== undefined && this.#normalizer.isConstant(operand);
  }

  #reshape(term: Term, shape: readonly number[]): Term {
    return term.operand === undefined || `${term.shape}` === `${shape}`
      ? this.#composer.reshape(term, shape)
      : this.#composer.reshapeOperand(term.operand, shape);
  }

  #transpose(term: Term, order: readonly number[]): Term {
    const { operand } = term;
    if (operand === undefined || !this.#normalizer.isConstant(operand)) {
      return this.#composer.transpose(term, order);
    }
    return this.#composer.derive(
      operand,
      ".turned",
      (constant) => permuteConstant(constant, order),
    );
  }
}
