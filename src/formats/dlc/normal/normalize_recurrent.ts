import { intAttribute, type Node, stringAttribute } from "../../../graph/mod.ts";
import { Composer, type Term } from "./composer.ts";
import { type NormalizeNode, type Normalizer, unsupported } from "./normalizer.ts";
import { gruCell, lstmCell, type RecurrentState, rnnCell } from "./recurrent_cells.ts";
import { directionOf, type RecurrentExtents, type RecurrentKind } from "./recurrent_direction.ts";

/** Longer sequences would make graphs of too many nodes. */
const MAX_STEPS = 1024;

/** Layers over sequences, step by step. */
export const NORMALIZE_RECURRENT: Readonly<Record<string, NormalizeNode>> = {
  GRU: (node, normalizer) => {
    const resetsBehind = intAttribute(node, "linear_before_reset", 0) !== 0;
    unroll(node, normalizer, {
      gates: 3,
      activations: ["Sigmoid", "Tanh"],
      cell: gruCell(resetsBehind),
      ownBiasGate: resetsBehind ? 2 : undefined,
    });
  },
  LSTM: (node, normalizer) =>
    unroll(node, normalizer, {
      gates: 4,
      activations: ["Sigmoid", "Tanh", "Tanh"],
      cell: lstmCell,
    }),
  RNN: (node, normalizer) =>
    unroll(node, normalizer, { gates: 1, activations: ["Tanh"], cell: rnnCell }),
};

/** Says a layer over a sequence of known length by its steps. */
function unroll(node: Node, normalizer: Normalizer, kind: RecurrentKind): void {
  const extents = extentsOf(node, normalizer);
  const { time, batch, features, hidden, directions, batchFirst } = extents;
  requireWholeSequences(node, normalizer, extents);
  const composer = new Composer(node, normalizer);
  const input = composer.input(0);
  const sequence = batchFirst ? composer.transpose(input, [1, 0, 2]) : input;
  const rows = composer.reshape(sequence, [time * batch, features]);
  const hiddens = initialStates(composer, node, { normalizer, extents, index: 5 });
  const cells = initialStates(composer, node, { normalizer, extents, index: 6 });
  const direction = stringAttribute(node, "direction", "forward");
  const all: Term[] = [];
  const lastHidden: Term[] = [];
  const lastCell: Term[] = [];
  for (let index = 0; index < directions; index++) {
    const own = directionOf(composer, node, { normalizer, extents, kind, index });
    const gates = composer.split(
      composer.linear(rows, own.weights, own.bias),
      { axis: 0, sizes: Array<number>(time).fill(batch) },
    );
    const isReverse = direction === "reverse" || index === 1;
    const [startHidden, startCell] = [hiddens[index], cells[index]];
    let state: RecurrentState = {
      ...(startHidden && { hidden: startHidden }),
      ...(startCell && { cell: startCell }),
    };
    const steps = (isReverse ? gates.toReversed() : gates).map((gate) => {
      state = kind.cell(gate, state, own);
      return composer.reshape(state.hidden ?? gate, [1, batch, hidden]);
    });
    const ordered = composer.concat(isReverse ? steps.reverse() : steps, 0);
    all.push(composer.reshape(ordered, [time, 1, batch, hidden]));
    if (state.hidden) lastHidden.push(composer.reshape(state.hidden, [1, batch, hidden]));
    if (state.cell) lastCell.push(composer.reshape(state.cell, [1, batch, hidden]));
  }
  const whole = composer.concat(all, 1);
  const last = (terms: readonly Term[]): readonly Term[] => {
    if (terms.length === 0) return [];
    const joined = composer.concat(terms, 0);
    return [batchFirst ? composer.transpose(joined, [1, 0, 2]) : joined];
  };
  composer.finish(
    batchFirst ? composer.transpose(whole, [2, 0, 1, 3]) : whole,
    ...last(lastHidden),
    ...last(lastCell),
  );
}

function extentsOf(node: Node, normalizer: Normalizer): RecurrentExtents {
  const batchFirst = intAttribute(node, "layout", 0) !== 0;
  const [first = 1, second = 1, features = 1] = normalizer.shape(node.inputs[0] ?? "");
  const [directions = 1, , hidden = 1] = normalizer.shape(normalizer.constantInput(node, 2));
  const [time, batch] = batchFirst ? [second, first] : [first, second];
  if (time * directions > MAX_STEPS) {
    throw unsupported(node, `it takes ${time * directions} steps`, `${MAX_STEPS}`);
  }
  return { time, batch, features, hidden, directions, batchFirst };
}

function requireWholeSequences(
  node: Node,
  normalizer: Normalizer,
  { time }: RecurrentExtents,
): void {
  const lengths = normalizer.numbers(node, 4) ?? [];
  const short = lengths.find((length) => length !== time);
  if (short === undefined) return;
  throw unsupported(node, `a sequence has ${short} of ${time} steps`, "whole sequences");
}

/** The state of each direction before the first step; `undefined` where it is zero. */
function initialStates(
  composer: Composer,
  node: Node,
  { normalizer, extents, index }: {
    readonly normalizer: Normalizer;
    readonly extents: RecurrentExtents;
    readonly index: number;
  },
): readonly (Term | undefined)[] {
  const name = node.inputs[index] ?? "";
  if (name === "") return [];
  const { batch, hidden, directions, batchFirst } = extents;
  if (normalizer.isConstant(name)) {
    const numbers = normalizer.numbers(node, index) ?? [];
    if (numbers.every((value) => value === 0)) return [];
  }
  const given = composer.operand(name);
  const ordered = batchFirst ? composer.transpose(given, [1, 0, 2]) : given;
  return composer.split(ordered, { axis: 0, sizes: Array<number>(directions).fill(1) })
    .map((term) => composer.reshape(term, [batch, hidden]));
}
