import type { Composer, Term } from "./composer.ts";

/** What a recurrent layer remembers; absent parts are zero. */
export interface RecurrentState {
  /** The output of the step before, `[batch, hidden]`. */
  readonly hidden?: Term;
  /** The cell of an LSTM, of the same shape. */
  readonly cell?: Term;
}

/** One direction of a recurrent layer: what a step is computed with. */
export interface RecurrentDirection {
  /** Where the steps go. */
  readonly composer: Composer;
  /** Length of the state. */
  readonly hidden: number;
  /** Weights of the input of all gates, `[gates · hidden, features]`. */
  readonly weights: Term;
  /** Bias of the input of all gates. */
  readonly bias: Term | undefined;
  /** `value · rowsᵀ` with the recurrence weights of some gates, in ONNX's order. */
  recur(value: Term, first: number, end: number): Term;
  /** The activation at a position of the node's list, behind its clip. */
  activate(term: Term, index: number): Term;
  /** The bias of the candidate's recurrence of a GRU that resets behind it. */
  readonly candidateBias: Term | undefined;
  /** Peepholes of an LSTM: of its input, output and forget gate. */
  readonly peepholes: readonly Term[];
  /** Whether the forget gate of an LSTM is what its input gate leaves over. */
  readonly couplesGates: boolean;
}

/** Makes the next state; `gates` is what the input gives to all gates, biases included. */
export type RecurrentCell = (
  gates: Term,
  state: RecurrentState,
  direction: RecurrentDirection,
) => RecurrentState;

/** Adds what there is. */
function sum(composer: Composer, first: Term, ...others: readonly (Term | undefined)[]): Term {
  return others.reduce<Term>(
    (total, other) => other === undefined ? total : composer.apply("Add", [total, other]),
    first,
  );
}

/** `H = f(X + H Rᵀ)`. */
export function rnnCell(
  gates: Term,
  { hidden }: RecurrentState,
  direction: RecurrentDirection,
): RecurrentState {
  const { composer, recur, activate } = direction;
  const input = sum(composer, gates, hidden && recur(hidden, 0, 1));
  return { hidden: activate(input, 0) };
}

/** Gates input, output, forget and candidate, as ONNX orders them. */
export function lstmCell(
  gates: Term,
  { hidden, cell }: RecurrentState,
  direction: RecurrentDirection,
): RecurrentState {
  const { composer, recur, activate, peepholes, couplesGates } = direction;
  const multiply = (a: Term, b: Term): Term => composer.apply("Mul", [a, b]);
  const peep = (index: number, value: Term | undefined): Term | undefined => {
    const weights = peepholes[index];
    return weights && value && multiply(weights, value);
  };
  const inputs = sum(composer, gates, hidden && recur(hidden, 0, 4));
  const [i = inputs, o = inputs, f = inputs, c = inputs] = composer.split(inputs, {
    axis: 1,
    sizes: Array<number>(4).fill(direction.hidden),
  });
  const input = activate(sum(composer, i, peep(0, cell)), 0);
  const candidate = activate(c, 1);
  const forget = couplesGates
    ? composer.apply("Sub", [composer.scalar(1), input])
    : activate(sum(composer, f, peep(2, cell)), 0);
  const next = sum(composer, multiply(input, candidate), cell && multiply(forget, cell));
  const output = activate(sum(composer, o, peep(1, next)), 0);
  return { hidden: multiply(output, activate(next, 2)), cell: next };
}

/** Gates update, reset and candidate, as ONNX orders them; the candidate is reset before or behind. */
export function gruCell(resetsBehind: boolean): RecurrentCell {
  return (gates, { hidden }, direction) => {
    const { composer, recur, activate, candidateBias } = direction;
    const multiply = (a: Term, b: Term): Term => composer.apply("Mul", [a, b]);
    const size = direction.hidden;
    const [both = gates, candidate = gates] = composer.split(gates, {
      axis: 1,
      sizes: [2 * size, size],
    });
    const opened = activate(sum(composer, both, hidden && recur(hidden, 0, 2)), 0);
    const [update = opened, reset = opened] = composer.split(opened, {
      axis: 1,
      sizes: [size, size],
    });
    let recurrence: Term | undefined;
    if (resetsBehind) {
      const inner = hidden === undefined
        ? candidateBias
        : sum(composer, recur(hidden, 2, 3), candidateBias);
      recurrence = inner && multiply(reset, inner);
    } else if (hidden !== undefined) recurrence = recur(multiply(reset, hidden), 2, 3);
    const next = activate(sum(composer, candidate, recurrence), 1);
    const kept = hidden === undefined
      ? multiply(update, next)
      : multiply(update, composer.apply("Sub", [next, hidden]));
    return { hidden: composer.apply("Sub", [next, kept]) };
  };
}
