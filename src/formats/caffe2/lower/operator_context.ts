import { FormatError, UnsupportedError } from "../../../errors.ts";
import { type GraphAssembler, NodeEmitter } from "../../../graph/mod.ts";
import type { OperatorDef } from "../read/operator_def.ts";

/**
 * Turns an operator into nodes.
 *
 * @returns The values of its outputs, in their order; those at the end that nobody may read are left
 *   out.
 */
export type LowerOperator = (operator: OperatorContext) => readonly string[];

/** An operator while it is turned into nodes. */
export class OperatorContext extends NodeEmitter {
  readonly #definition: OperatorDef;
  readonly #file: string;

  /** Starts without nodes. */
  constructor(graph: GraphAssembler, { definition, name, inputs, outputNames, file }: {
    readonly definition: OperatorDef;
    readonly name: string;
    readonly inputs: readonly string[];
    readonly outputNames: readonly string[];
    readonly file: string;
  }) {
    super(graph, { name, inputs, outputNames });
    this.#definition = definition;
    this.#file = file;
  }

  /** The first value that it reads. */
  get input(): string {
    return this.inputAt(0);
  }

  /** A value that it reads. */
  inputAt(index: number): string {
    const input = this.inputs[index];
    if (input !== undefined) return input;
    throw this.error(`it has ${this.inputs.length} inputs, expected at least ${index + 1}`);
  }

  /** How many outputs it has. */
  get outputCount(): number {
    return this.#definition.outputs.length;
  }

  /** Whether an argument is given. */
  has(name: string): boolean {
    return this.#definition.args.has(name);
  }

  /** An integer argument. */
  integer(name: string, fallback: number): number {
    return this.#definition.args.get(name)?.integer ?? fallback;
  }

  /** A real argument. */
  real(name: string, fallback: number): number {
    const argument = this.#definition.args.get(name);
    return argument?.float ?? argument?.integer ?? fallback;
  }

  /** A string argument. */
  text(name: string, fallback: string): string {
    return this.#definition.args.get(name)?.string ?? fallback;
  }

  /** An argument with integers; `undefined` if it is not given. */
  integersOf(name: string): readonly number[] | undefined {
    return this.#definition.args.get(name)?.integers;
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

  /** Images must have their channels first. */
  requireChannelsFirst(): void {
    const order = this.text("order", "NCHW");
    if (order !== "NCHW") throw this.unsupported(`its order is "${order}"; "NCHW" would work`);
  }

  /** Says that the operator contradicts itself. */
  error(problem: string): FormatError {
    return new FormatError(`Cannot read ${this.#label()} of "${this.#file}": ${problem}`, {
      file: this.#file,
    });
  }

  /** Says that the operator asks for something that is not supported. */
  unsupported(problem: string): UnsupportedError {
    return new UnsupportedError(`Cannot convert ${this.#label()}: ${problem}`, {
      node: this.name,
      operator: this.#definition.type,
    });
  }

  #label(): string {
    return `operator "${this.name}" (${this.#definition.type})`;
  }
}
