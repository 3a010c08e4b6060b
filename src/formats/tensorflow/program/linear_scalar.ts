import { parseReference } from "../lower/graph_scope.ts";
import type { TensorflowNode } from "../proto/read_node_def.ts";
import type { TensorProto } from "../proto/read_tensor_proto.ts";

/** `value + factor * of`: a number, or one that a placeholder or argument makes. */
export interface Scalar {
  /** The number. */
  readonly value: number;
  /** What is unknown, by reference. */
  readonly of?: string;
  /** How often the unknown is added. */
  readonly factor?: number;
}

/** Numbers that went through float16 or float32 differ by less. */
const TOLERANCE = 1e-3;

/** The longest formula. */
const MAX_DEPTH = 8;

const FLOAT32 = 1;
const FLOAT64 = 2;
const FLOAT16 = 19;

/** Whether two scalars are the same, up to rounding. */
export function isSameScalar(one: Scalar, other: Scalar): boolean {
  return one.of === other.of && (one.factor ?? 0) === (other.factor ?? 0) &&
    Math.abs(one.value - other.value) <= TOLERANCE * Math.max(1, Math.abs(one.value));
}

/** Reads numbers that are constants, or differences of constants and of what is not known yet. */
export class LinearScalars {
  readonly #nodes: ReadonlyMap<string, TensorflowNode>;

  /** Reads nothing yet. */
  constructor(nodes: ReadonlyMap<string, TensorflowNode>) {
    this.#nodes = nodes;
  }

  /** The scalar behind a reference; `undefined` for constants of other shapes. */
  read(reference: string, depth = 0): Scalar | undefined {
    const node = this.#nodes.get(parseReference(reference).name);
    const [first = "", second = ""] = node?.inputs ?? [];
    if (depth < MAX_DEPTH) {
      switch (node?.operator) {
        case "Const": {
          const tensor = node.attributes.get("value");
          const value = tensor?.kind === "tensor" ? scalarOf(tensor.value) : undefined;
          return value === undefined ? undefined : { value };
        }
        case "Cast":
        case "Identity":
          return this.read(first, depth + 1);
        case "Sub": {
          const [a, b] = [this.read(first, depth + 1), this.read(second, depth + 1)];
          const difference = a && b && subtract(a, b);
          if (difference !== undefined) return difference;
        }
      }
    }
    return { value: 0, factor: 1, of: reference };
  }

  /** One less a scalar. */
  complement(reference: string): Scalar | undefined {
    const scalar = this.read(reference);
    return scalar && subtract({ value: 1 }, scalar);
  }

  /** One divided by a scalar: of a number, or of a quotient whose dividend is 1. */
  inverse(reference: string): Scalar | undefined {
    const node = this.#nodes.get(parseReference(reference).name);
    if (node?.operator === "RealDiv" || node?.operator === "Div") {
      const [dividend = "", divisor = ""] = node.inputs;
      const one = this.read(dividend);
      return one !== undefined && isSameScalar(one, { value: 1 }) ? this.read(divisor) : undefined;
    }
    const scalar = this.read(reference);
    return scalar === undefined || scalar.of !== undefined
      ? undefined
      : { value: 1 / scalar.value };
  }
}

function subtract(a: Scalar, b: Scalar): Scalar | undefined {
  const value = a.value - b.value;
  if (b.of === undefined) return { ...a, value };
  if (a.of === undefined) return { value, of: b.of, factor: -(b.factor ?? 0) };
  return a.of === b.of && a.factor === b.factor ? { value } : undefined;
}

/** The only element of a small constant of floats. */
function scalarOf({ type, shape, payload }: TensorProto): number | undefined {
  if (shape?.length !== 0) return undefined;
  // Protobuf leaves a 0 out.
  if (payload === undefined) return 0;
  const { bytes, numbers = [] } = payload;
  const [number] = numbers;
  if (number !== undefined) {
    if (type === FLOAT32 || type === FLOAT64) return Number(number);
    return type === FLOAT16 ? halfOf(Number(number)) : undefined;
  }
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === FLOAT32 && bytes.length === 4) return view.getFloat32(0, true);
  return type === FLOAT64 && bytes.length === 8 ? view.getFloat64(0, true) : undefined;
}

function halfOf(bits: number): number {
  return new DataView(Uint16Array.of(bits).buffer).getFloat16(0, true);
}
