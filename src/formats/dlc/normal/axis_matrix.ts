import type { Node } from "../../../graph/mod.ts";
import type { Composer, Term } from "./composer.ts";
import { unsupported } from "./normalizer.ts";

/** A constant linear map along one axis: `output[i] = Σ data[i · inputs + j] · input[j]`. */
export interface AxisMatrix {
  /** Length of the axis before. */
  readonly inputs: number;
  /** Length of the axis behind. */
  readonly outputs: number;
  /** Row after row. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** Matrices of more elements (16 MiB) are refused. */
const MAX_ELEMENTS = 2 ** 22;

/**
 * Makes a matrix of zeros.
 *
 * @throws {UnsupportedError} If it would have too many elements.
 */
export function createAxisMatrix(
  node: Node,
  { inputs, outputs, copies = 1 }: {
    readonly inputs: number;
    readonly outputs: number;
    /** How many of this size the node needs. */
    readonly copies?: number;
  },
): AxisMatrix {
  requireElements(node, inputs * outputs * copies);
  return { inputs, outputs, data: new Float32Array(inputs * outputs) };
}

/** @throws {UnsupportedError} If a node would need too many constant elements. */
export function requireElements(node: Node, count: number): void {
  if (count <= MAX_ELEMENTS) return;
  throw unsupported(node, `it would take a matrix of ${count} elements`, `${MAX_ELEMENTS}`);
}

/** Applies a matrix along an axis: a Gather where it only picks elements, else a product. */
export function multiplyAlong(
  composer: Composer,
  term: Term,
  { axis, matrix }: { readonly axis: number; readonly matrix: AxisMatrix },
): Term {
  const { inputs, outputs, data } = matrix;
  const indices = pickedIndices(matrix);
  if (indices !== undefined) {
    const isWhole = inputs === outputs && indices.every((index, i) => index === i);
    return isWhole ? term : composer.gather(term, { axis, indices });
  }
  const outer = term.shape.slice(0, axis).reduce((product, size) => product * size, 1);
  const inner = term.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const shape = term.shape.with(axis, outputs);
  if (inner === 1) {
    const weights = composer.constant("matrix", {
      dtype: "float32",
      shape: [outputs, inputs],
      data,
    });
    const rows = composer.reshape(term, [outer, inputs]);
    return composer.reshape(composer.linear(rows, weights), shape);
  }
  const left = composer.constant("matrix", {
    dtype: "float32",
    shape: [1, outputs, inputs],
    data,
  });
  const product = composer.matmul(left, composer.reshape(term, [outer, inputs, inner]));
  return composer.reshape(product, shape);
}

/** The element that each row picks; `undefined` if a row does anything else. */
function pickedIndices({ inputs, outputs, data }: AxisMatrix): readonly number[] | undefined {
  const indices: number[] = [];
  for (let row = 0; row < outputs; row++) {
    const weights = data.subarray(row * inputs, (row + 1) * inputs);
    const index = weights.indexOf(1);
    if (index < 0 || weights.some((weight, i) => weight !== 0 && i !== index)) return undefined;
    indices.push(index);
  }
  return indices;
}
