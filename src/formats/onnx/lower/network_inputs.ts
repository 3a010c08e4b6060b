import { FormatError, UnsupportedError } from "../../../errors.ts";
import type { ValueInfo } from "../../../graph/mod.ts";
import { suggestName } from "../../../nearest_name.ts";
import type { DataType } from "../../../tensor/mod.ts";
import { dataTypeOf } from "../onnx_data_type.ts";
import type { DeclaredValue } from "../read/read_value_info.ts";

/** What decides about the shapes of network inputs. */
export interface InputShapeOptions {
  /** The file, for messages. */
  readonly file: string;
  /** Shapes that the user gives, by input name. */
  readonly inputShapes: ReadonlyMap<string, readonly number[]>;
  /** What first dimensions become. */
  readonly batch: number | "keep";
  /** Is told of inputs whose fixed first dimension changes, with the shape that was. */
  readonly onRebatch?: ((input: ValueInfo, fixed: readonly number[]) => void) | undefined;
}

/** Network inputs with static shapes. */
export interface NetworkInputs {
  /** The inputs. */
  readonly inputs: readonly ValueInfo[];
  /** The first input whose fixed first dimension was changed. */
  readonly rebatched?: Rebatched;
}

/** A fixed first dimension of an input that was changed. */
export interface Rebatched {
  /** The input. */
  readonly name: string;
  /** What it was. */
  readonly from: number;
  /** What it is. */
  readonly to: number;
}

/**
 * Gives every network input a static shape.
 *
 * @param declared The inputs that are no initializers.
 * @param options Shapes and batch size that the user gives.
 * @throws {RangeError} If a given shape fits no input or has another rank.
 * @throws {UnsupportedError} If a dimension stays open, or an input is no tensor.
 * @throws {FormatError} If two inputs have one name.
 */
export function networkInputs(
  declared: readonly DeclaredValue[],
  options: InputShapeOptions,
): NetworkInputs {
  const { file, inputShapes, batch, onRebatch } = options;
  const names = new Set<string>();
  for (const { name } of declared) {
    if (name === "" || names.has(name)) throw badName(file, name);
    names.add(name);
  }
  for (const name of inputShapes.keys()) {
    if (!names.has(name)) throw unknownInput(file, name, [...names]);
  }
  let rebatched: Rebatched | undefined;
  const inputs = declared.map((value): ValueInfo => {
    const dtype = elementType(value, file);
    const given = inputShapes.get(value.name);
    if (given !== undefined) return { name: value.name, dtype, shape: checkGiven(value, given) };
    const input = { name: value.name, dtype, shape: staticShape(value, options) };
    const [first] = value.shape ?? [];
    if (typeof first === "number" && typeof batch === "number" && first !== input.shape[0]) {
      rebatched ??= { name: value.name, from: first, to: batch };
      onRebatch?.(input, [first, ...input.shape.slice(1)]);
    }
    return input;
  });
  return rebatched === undefined ? { inputs } : { inputs, rebatched };
}

function elementType(value: DeclaredValue, file: string): DataType {
  const subject = `input "${value.name}" of "${file}"`;
  if (value.otherType === undefined) return dataTypeOf(value.elementType, subject);
  throw new UnsupportedError(
    `Cannot read ${subject}: it is ${value.otherType}; supported are tensors`,
  );
}

function staticShape(
  { name, shape }: DeclaredValue,
  { file, batch }: InputShapeOptions,
): number[] {
  if (shape === undefined) {
    throw new UnsupportedError(
      `Cannot open "${file}": the shape of input "${name}" is not known; give it with ` +
        `--input-dim ${name} 1,…`,
    );
  }
  return shape.map((dimension, axis) => {
    if (axis === 0 && typeof dimension === "string") return batch === "keep" ? 1 : batch;
    if (axis === 0 && shape.length > 1 && batch !== "keep") return batch;
    if (typeof dimension === "number") return dimension;
    const label = dimension === "" ? "" : ` ("${dimension}")`;
    const example = shape.map((other, index) =>
      index === 0 && typeof other === "string" ? 1 : other
    );
    throw new UnsupportedError(
      `Cannot open "${file}": dimension ${axis}${label} of input "${name}" is not fixed; give the ` +
        `shape with --input-dim ${name} ${
          example.map((size) => size === "" ? "N" : size).join(",")
        }`,
    );
  });
}

function checkGiven({ name, shape }: DeclaredValue, given: readonly number[]): readonly number[] {
  if (given.some((size) => !Number.isSafeInteger(size) || size < 1)) {
    throw new RangeError(
      `Cannot set the shape of input "${name}": found [${
        given.join(", ")
      }], expected positive integers`,
    );
  }
  if (shape !== undefined && shape.length !== given.length) {
    throw new RangeError(
      `Cannot set the shape of input "${name}": found ${given.length} dimensions ` +
        `[${given.join(", ")}], expected ${shape.length} as the model has`,
    );
  }
  return given;
}

function unknownInput(file: string, name: string, names: readonly string[]): RangeError {
  return new RangeError(
    `Cannot set the shape of "${name}": "${file}" has no such input${suggestName(name, names)}`,
  );
}

function badName(file: string, name: string): FormatError {
  const problem = name === "" ? "an input has no name" : `two inputs have the name "${name}"`;
  return new FormatError(`Cannot read "${file}": ${problem}`, { file });
}
