import { FormatError, UnsupportedError } from "../../../errors.ts";
import {
  countElements,
  type DenseTensor,
  referenceDense,
  referenceRange,
  referenceTagged,
  type TensorReference,
} from "../../../tensor/mod.ts";
import type { OperatorDef } from "../read/operator_def.ts";

/** Constants that are one value all over are made in memory up to this size. */
const MAX_FILLED_ELEMENTS = 4_194_304;

/** Numbers of `TensorProto.DataType` that constants may have. */
const FLOAT = 1;
const INT32 = 2;
const INT64 = 10;

/** Operators that fill with random numbers: a net that runs has no such weights. */
const RANDOM_FILLS: ReadonlySet<string> = new Set([
  ...["XavierFill", "MSRAFill", "GaussianFill", "UniformFill", "UniformIntFill"],
  "UniqueUniformFill",
]);

/** Whether an operator makes a tensor out of nothing. */
export function isFill(type: string): boolean {
  return type.startsWith("GivenTensor") || type === "ConstantFill" || RANDOM_FILLS.has(type);
}

/**
 * Describes the tensor that a fill operator makes. Values of `GivenTensorFill` stay in the file.
 *
 * @param operator The operator, of a type that {@linkcode isFill} knows.
 * @param file The file, for errors.
 * @throws {FormatError} If values and shape contradict each other.
 * @throws {UnsupportedError} If values are random or of a type that is not supported.
 */
export function fillTensor(operator: OperatorDef, file: string): TensorReference {
  const { type, args, outputs: [name = ""], inputs } = operator;
  const shape = args.get("shape")?.integers ?? [];
  if (RANDOM_FILLS.has(type)) {
    throw new UnsupportedError(
      `Cannot convert blob "${name}" of "${file}": ${type} makes it of random numbers; the init net ` +
        "of a trained network, with its weights, would work",
      { node: name, operator: type },
    );
  }
  if (inputs.length > 0) {
    throw new UnsupportedError(
      `Cannot convert blob "${name}" of "${file}": ${type} takes its shape from "${inputs[0]}"; ` +
        'an argument "shape" would work',
      { node: name, operator: type },
    );
  }
  if (type === "ConstantFill") return constantFill(operator, { name, shape, file });
  const values = args.get("values");
  if (type === "GivenTensorFill") {
    if (values?.floats === undefined) throw noValues(name, { file, shape });
    const { tag, ...range } = values.floats;
    const stored = { name, dtype: "float32" as const, shape, ...range };
    return tag === undefined ? referenceRange(stored) : referenceTagged({ ...stored, tag });
  }
  if (type !== "GivenTensorIntFill" && type !== "GivenTensorInt64Fill") {
    throw new UnsupportedError(
      `Cannot convert blob "${name}" of "${file}": ${type} is not supported; GivenTensorFill would work`,
      { node: name, operator: type },
    );
  }
  const integers = values?.integers ?? [];
  if (integers.length !== countElements(shape)) throw noValues(name, { file, shape });
  return referenceDense(name, integerTensor(type === "GivenTensorInt64Fill", { shape, integers }));
}

function constantFill(
  { args }: OperatorDef,
  { name, shape, file }: {
    readonly name: string;
    readonly shape: readonly number[];
    readonly file: string;
  },
): TensorReference {
  const elements = countElements(shape);
  const valid = shape.every((size) => size >= 0) && elements <= MAX_FILLED_ELEMENTS;
  const dtype = args.get("dtype")?.integer ?? FLOAT;
  const argument = args.get("value");
  if (!valid || ![FLOAT, INT32, INT64].includes(dtype)) {
    throw new UnsupportedError(
      `Cannot convert blob "${name}" of "${file}": it is a constant of shape [${shape}] and type ` +
        `${dtype}; float, int32 or int64 and at most ${MAX_FILLED_ELEMENTS} elements would work`,
      { node: name, operator: "ConstantFill" },
    );
  }
  const value = argument?.float ?? argument?.integer ?? 0;
  if (dtype === FLOAT) {
    const data = new Float32Array(elements).fill(value);
    return referenceDense(name, { dtype: "float32", shape, data });
  }
  const integers = Array<number>(elements).fill(Math.trunc(value));
  return referenceDense(name, integerTensor(dtype === INT64, { shape, integers }));
}

function integerTensor(
  wide: boolean,
  { shape, integers }: { readonly shape: readonly number[]; readonly integers: readonly number[] },
): DenseTensor {
  return wide
    ? { dtype: "int64", shape, data: BigInt64Array.from(integers, BigInt) }
    : { dtype: "int32", shape, data: Int32Array.from(integers) };
}

function noValues(
  name: string,
  { file, shape }: { readonly file: string; readonly shape: readonly number[] },
): FormatError {
  return new FormatError(
    `Cannot read tensor "${name}" of "${file}": its argument "values" has not the elements of ` +
      `shape [${shape}]`,
    { file, expected: `${countElements(shape)} elements` },
  );
}
