import { UnsupportedError } from "../../../errors.ts";
import { suggestName } from "../../../nearest_name.ts";
import type { ValueInfo } from "../../../graph/mod.ts";
import type { CaffeLayer } from "../upgrade/caffe_layer.ts";

/** What decides about the shapes of network inputs. */
export interface InputShapeOptions {
  /** The file, for errors. */
  readonly file: string;
  /** Shapes that the user gives, by blob. */
  readonly inputShapes: ReadonlyMap<string, readonly number[]>;
  /** What the first dimension becomes. */
  readonly batch: number | "keep";
  /** Is told of inputs whose fixed first dimension changes, with the shape that was. */
  readonly onRebatch?: ((input: ValueInfo, fixed: readonly number[]) => void) | undefined;
}

/**
 * The shape of a network input.
 *
 * @param name The blob.
 * @param declared Its dimensions as the file has them; `undefined` if it has none.
 * @param options What the user says.
 * @throws {UnsupportedError} If nobody knows it.
 * @throws {RangeError} If what the user gives is no shape, or of another rank.
 */
export function inputShape(
  name: string,
  declared: readonly number[] | undefined,
  { file, inputShapes, batch, onRebatch }: InputShapeOptions,
): readonly number[] {
  const given = inputShapes.get(name);
  if (given !== undefined) {
    const fits = given.every((size) => Number.isSafeInteger(size) && size > 0) &&
      (declared === undefined || declared.length === given.length);
    if (fits) return given;
    const rank = declared === undefined ? "" : `${declared.length} `;
    throw new RangeError(
      `Cannot set the shape of input "${name}": found [${given}], expected ${rank}positive integers`,
    );
  }
  const batched = declared?.map((size, axis) =>
    axis === 0 && declared.length > 1 && batch !== "keep" ? batch : size
  );
  if (batched !== undefined && batched.length > 0 && batched.every((size) => size > 0)) {
    const fixed = declared ?? [];
    const [first = 0] = fixed;
    if (first > 0 && first !== batched[0]) {
      onRebatch?.({ name, dtype: "float32", shape: batched }, fixed);
    }
    return batched;
  }
  throw new UnsupportedError(
    `Cannot convert "${file}": the shape of input "${name}" is not known; give it with ` +
      `--input-dim ${name} 1,3,224,224`,
  );
}

/** Shapes that an input layer declares: for each top, `undefined` where it has none. */
export function declaredShapes(layer: CaffeLayer): readonly (readonly number[] | undefined)[] {
  return layer.tops.map((_, index) => {
    const { type, message } = layer;
    if (type === "Input" || type === "DummyData") {
      const settings = message.message(type === "Input" ? "input_param" : "dummy_data_param");
      const shapes = settings.messages("shape");
      const shape = (shapes[index] ?? shapes[0])?.numbers("dim");
      if (shape !== undefined || type === "Input") return shape;
      const four = ["num", "channels", "height", "width"].flatMap((name) => {
        const values = settings.numbers(name);
        return values[index] ?? values[0] ?? [];
      });
      return four.length === 4 ? four : undefined;
    }
    if (type !== "MemoryData" || index > 0) return undefined;
    const settings = message.message("memory_data_param");
    return ["batch_size", "channels", "height", "width"].map((name) => settings.number(name) ?? 0);
  });
}

/**
 * Checks that every shape that the user gives is of an input.
 *
 * @throws {RangeError} Naming the first that is not, and the nearest input.
 */
export function checkGivenNames(
  names: ReadonlySet<string>,
  { file, inputShapes }: InputShapeOptions,
): void {
  for (const name of inputShapes.keys()) {
    if (names.has(name)) continue;
    throw new RangeError(
      `Cannot set the shape of "${name}": "${file}" has no such input${suggestName(name, names)}`,
    );
  }
}
