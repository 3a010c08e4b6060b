import { FormatError, UnsupportedError } from "../../../errors.ts";
import { countElements } from "../../../tensor/mod.ts";
import type { DlcAttribute, DlcGraph, DlcOperator, DlcTensor } from "../document.ts";
import { NormalGraphBuilder } from "../normal/normal_graph_builder.ts";
import { readNumbers } from "../normal/normalizer.ts";

/** Reads one operator type into nodes in normal form. */
export type ReadOperator = (operator: DlcOperator, reader: OperatorReader) => void;

/** Parameter tensors hold a few numbers an axis. */
const MAX_PARAMETER_ELEMENTS = 2 ** 16;

/** Reads attributes and dims of operators, checked, and gathers what they become. */
export class OperatorReader {
  /** What has been read so far. */
  readonly graph: NormalGraphBuilder;
  readonly #parameters: ReadonlyMap<DlcTensor, readonly number[]>;

  /**
   * Starts with the names of the file.
   *
   * @param file The graph of the file.
   * @param parameters The elements of its parameter tensors.
   */
  constructor(file: DlcGraph, parameters: ReadonlyMap<DlcTensor, readonly number[]>) {
    this.graph = new NormalGraphBuilder(
      file.tensors.map(({ name }) => name),
      file.operators.map(({ name }) => name),
    );
    this.#parameters = parameters;
  }

  /** The input at `index`. */
  input(operator: DlcOperator, index = 0): string {
    const name = operator.inputs[index];
    if (name !== undefined && name !== "") return name;
    const found = `it has ${operator.inputs.length} inputs`;
    throw operatorError(operator, found, `at least ${index + 1}`);
  }

  /** The output at `index`. */
  output(operator: DlcOperator, index = 0): string {
    const name = operator.outputs[index];
    if (name !== undefined) return name;
    const found = `it has ${operator.outputs.length} outputs`;
    throw operatorError(operator, found, `at least ${index + 1}`);
  }

  /** Dims of a tensor. */
  shape(operator: DlcOperator, name: string): readonly number[] {
    const shape = this.graph.shapes.get(name) ?? this.graph.constants.get(name)?.data.shape;
    if (shape !== undefined) return shape;
    throw operatorError(operator, `it reads "${name}"`, "a tensor of the graph");
  }

  /** Dims of an operand that must be an image (NHWC). */
  image(operator: DlcOperator, name: string): readonly number[] {
    const shape = this.shape(operator, name);
    if (shape.length === 4) return shape;
    throw operatorError(operator, `"${name}" has dims [${shape}]`, "4 dims (NHWC)");
  }

  /** A static tensor. */
  constant(operator: DlcOperator, index: number): string {
    const name = this.input(operator, index);
    if (this.graph.constants.has(name)) return name;
    throw operatorError(
      operator,
      `its input ${index} ("${name}") is not static`,
      "a static tensor",
    );
  }

  /** An integer or boolean scalar. */
  integer(operator: DlcOperator, name: string, fallback?: number): number {
    const found = this.#find(operator, name, fallback !== undefined);
    if (found === undefined) return fallback ?? 0;
    if (found.value.kind === "int") return found.value.value;
    throw operatorError(operator, `its "${name}" is a ${found.value.kind}`, "an integer scalar");
  }

  /** A float scalar. */
  float(operator: DlcOperator, name: string, fallback?: number): number {
    const found = this.#find(operator, name, fallback !== undefined);
    if (found === undefined) return fallback ?? 0;
    const { value } = found;
    if (value.kind === "float" && Number.isFinite(value.value)) return value.value;
    throw operatorError(operator, `its "${name}" is no finite float`, "a float scalar");
  }

  /** The numbers of a parameter tensor. */
  list(operator: DlcOperator, name: string, fallback?: readonly number[]): readonly number[] {
    const found = this.#find(operator, name, fallback !== undefined);
    if (found === undefined) return fallback ?? [];
    const { value } = found;
    const numbers = value.kind === "tensor" ? this.#parameters.get(value.tensor) : undefined;
    if (numbers !== undefined) return numbers;
    throw operatorError(operator, `its "${name}" is a ${value.kind}`, "a parameter tensor");
  }

  /** The numbers of a parameter tensor that must have a length. */
  listOf(
    operator: DlcOperator,
    name: string,
    { length, fallback }: { readonly length: number; readonly fallback?: readonly number[] },
  ): readonly number[] {
    const numbers = this.list(operator, name, fallback);
    if (numbers.length === length) return numbers;
    throw operatorError(operator, `its "${name}" has ${numbers.length} elements`, `${length}`);
  }

  /** An axis of the operand at `index`. */
  axis(operator: DlcOperator, name: string, { fallback, operand }: {
    readonly fallback?: number;
    readonly operand: string;
  }): number {
    const axis = this.integer(operator, name, fallback);
    const rank = this.shape(operator, operand).length;
    const front = axis < 0 ? axis + rank : axis;
    if (front >= 0 && front < rank) return front;
    throw operatorError(operator, `its "${name}" is ${axis}`, `0 to ${rank - 1}`);
  }

  #find(operator: DlcOperator, name: string, isOptional: boolean): DlcAttribute | undefined {
    const found = operator.attributes.find((attribute) => attribute.name === name);
    if (found !== undefined || isOptional) return found;
    throw operatorError(operator, `it has no attribute "${name}"`, "one");
  }
}

/** Reads the elements of all parameter tensors of a graph. */
export async function readParameters(
  graph: DlcGraph,
): Promise<ReadonlyMap<DlcTensor, readonly number[]>> {
  const parameters = new Map<DlcTensor, readonly number[]>();
  for (const operator of graph.operators) {
    for (const { name, value } of operator.attributes) {
      if (value.kind !== "tensor") continue;
      const { tensor } = value;
      const count = countElements(tensor.shape);
      if (tensor.data === undefined || count > MAX_PARAMETER_ELEMENTS) {
        throw operatorError(
          operator,
          tensor.data === undefined
            ? `its "${name}" has no data`
            : `its "${name}" has ${count} elements`,
          `data of at most ${MAX_PARAMETER_ELEMENTS} elements`,
        );
      }
      parameters.set(tensor, await readNumbers(tensor.data));
    }
  }
  return parameters;
}

/** The error about an operator that contradicts itself or the file. */
export function operatorError(
  operator: DlcOperator,
  found: string,
  expected: string,
): FormatError {
  return new FormatError(
    `Cannot read operator "${operator.name}" (${operator.type}): ${found}, expected ${expected}`,
    { found, expected },
  );
}

/** The error about a number or setting that has no ONNX meaning here. */
export function unknownSetting(
  operator: DlcOperator,
  name: string,
  { value, works }: { readonly value: number | string; readonly works: string },
): UnsupportedError {
  return new UnsupportedError(
    `Cannot read operator "${operator.name}" (${operator.type}): its ${name} is ${value}; ` +
      `${works} would work`,
    { node: operator.name, operator: operator.type },
  );
}
