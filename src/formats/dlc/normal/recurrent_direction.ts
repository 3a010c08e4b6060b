import {
  floatAttribute,
  floatsAttribute,
  intAttribute,
  type Node,
  stringsAttribute,
} from "../../../graph/mod.ts";
import type { Composer, Term } from "./composer.ts";
import { reshapeConstant, sliceConstant } from "./constant.ts";
import { attribute } from "./normal_graph.ts";
import { type Normalizer, unsupported } from "./normalizer.ts";
import type { RecurrentCell, RecurrentDirection } from "./recurrent_cells.ts";

/** Activations without numbers of their own. */
const ACTIVATIONS = ["Relu", "Sigmoid", "Softplus", "Softsign", "Tanh"];

/** What tells the recurrent layers apart. */
export interface RecurrentKind {
  /** Gates, whose rows stand one behind the other in the weights. */
  readonly gates: number;
  /** Activations where the node names none. */
  readonly activations: readonly string[];
  /** One step. */
  readonly cell: RecurrentCell;
  /** The gate whose bias of the recurrence is not added to that of the input. */
  readonly ownBiasGate?: number | undefined;
}

/** The dimensions of a recurrent layer. */
export interface RecurrentExtents {
  /** Steps of the sequence. */
  readonly time: number;
  /** Sequences. */
  readonly batch: number;
  /** Elements that go in at a step. */
  readonly features: number;
  /** Elements of the state. */
  readonly hidden: number;
  /** One, or two where the sequence is also read backward. */
  readonly directions: number;
  /** Whether batches come before steps. */
  readonly batchFirst: boolean;
}

/**
 * The weights of one direction of a node.
 *
 * @throws {UnsupportedError} If they are not constant, or the activations not known.
 */
export function directionOf(
  composer: Composer,
  node: Node,
  { normalizer, extents, kind, index }: {
    readonly normalizer: Normalizer;
    readonly extents: RecurrentExtents;
    readonly kind: RecurrentKind;
    readonly index: number;
  },
): RecurrentDirection {
  const { hidden } = extents;
  const { gates, ownBiasGate } = kind;
  const rowsOf = (name: string, first: number, end: number): Term =>
    composer.derive(name, `.direction${index}.gate${first}`, (constant) => {
      const [, ...matrix] = constant.data.shape;
      const own = reshapeConstant(
        sliceConstant(constant, { axis: 0, start: index, end: index + 1 }),
        matrix,
      );
      return sliceConstant(own, { axis: 0, start: first * hidden, end: end * hidden });
    });
  const recurrence = normalizer.constantInput(node, 2);
  const rows = new Map<number, Term>();
  const bias = biasesOf(composer, node, { normalizer, extents, gates, index, ownBiasGate });
  const peepholes = normalizer.numbers(node, 7)?.slice(
    index * 3 * hidden,
    (index + 1) * 3 * hidden,
  );
  const limit = floatAttribute(node, "clip", Infinity);
  const names = activationsOf(node, kind.activations, index);
  return {
    composer,
    hidden,
    weights: rowsOf(normalizer.constantInput(node, 1), 0, gates),
    ...bias,
    recur: (value, first, end) => {
      const weights = rows.get(first) ?? rowsOf(recurrence, first, end);
      rows.set(first, weights);
      return composer.linear(value, weights);
    },
    activate: (term, position) => {
      const bounded = limit === Infinity ? term : composer.apply("Clip", [term], {
        min: attribute.float(-limit),
        max: attribute.float(limit),
      });
      return applyActivation(composer, bounded, names[position] ?? "");
    },
    peepholes: peepholes === undefined
      ? []
      : [0, 1, 2].map((gate) =>
        rowOf(composer, peepholes.slice(gate * hidden, (gate + 1) * hidden))
      ),
    couplesGates: intAttribute(node, "input_forget", 0) !== 0,
  };
}

/** Biases of input and recurrence are added up where nothing comes between them. */
function biasesOf(
  composer: Composer,
  node: Node,
  { normalizer, extents: { hidden }, gates, index, ownBiasGate }: {
    readonly normalizer: Normalizer;
    readonly extents: RecurrentExtents;
    readonly gates: number;
    readonly index: number;
    readonly ownBiasGate: number | undefined;
  },
): { readonly bias: Term | undefined; readonly candidateBias: Term | undefined } {
  const size = gates * hidden;
  const given = normalizer.numbers(node, 3)?.slice(2 * index * size, 2 * (index + 1) * size);
  if (given === undefined) return { bias: undefined, candidateBias: undefined };
  const recurrent = given.slice(size);
  const own = ownBiasGate === undefined ? size : ownBiasGate * hidden;
  const data = Float32Array.from(
    recurrent,
    (value, i) => (given[i] ?? 0) + (i < own ? value : 0),
  );
  return {
    bias: composer.constant("bias", { dtype: "float32", shape: [size], data }),
    candidateBias: ownBiasGate === undefined ? undefined : rowOf(composer, recurrent.slice(own)),
  };
}

function rowOf(composer: Composer, values: readonly number[]): Term {
  const data = Float32Array.from(values);
  return composer.constant("row", { dtype: "float32", shape: [1, data.length], data });
}

function activationsOf(
  node: Node,
  usual: readonly string[],
  index: number,
): readonly string[] {
  const given = stringsAttribute(node, "activations") ?? [];
  const names = given.length === 0
    ? usual
    : given.slice(index * usual.length, (index + 1) * usual.length);
  const numbers = ["activation_alpha", "activation_beta"].some((name) =>
    (floatsAttribute(node, name) ?? []).length > 0
  );
  if (numbers) throw unsupported(node, "its activations have numbers", "those without");
  const unknown = usual.map((_, i) => names[i] ?? "").find((name) => !ACTIVATIONS.includes(name));
  if (unknown === undefined) return names;
  throw unsupported(node, `an activation is "${unknown}"`, ACTIVATIONS.join(", "));
}

function applyActivation(composer: Composer, term: Term, name: string): Term {
  if (name !== "Softsign") return composer.apply(name, [term]);
  const size = composer.apply("Add", [composer.apply("Abs", [term]), composer.scalar(1)]);
  return composer.apply("Div", [term, size]);
}
