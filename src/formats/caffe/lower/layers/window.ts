import type { CaffeMessage } from "../../read/caffe_message.ts";
import type { LayerContext } from "../layer_context.ts";

/** Which of a setting's forms to read, and what it is where none is given. */
export interface WindowSetting {
  /** The repeated form: one number for all axes, or one an axis. */
  readonly list: string;
  /** The form for height and width. */
  readonly pair: readonly [height: string, width: string];
  /** How many spatial axes there are. */
  readonly axes: number;
  /** Where none is given; an error if that is left out. */
  readonly fallback?: number;
  /** The smallest number that is allowed. */
  readonly least: number;
}

/**
 * Reads a kernel, stride or padding: `kernel_size` once for all spatial axes or once for each, or
 * `kernel_h` and `kernel_w`.
 *
 * @throws {FormatError} If both forms are given, the count is wrong, or a number is out of range.
 */
export function windowSetting(
  layer: LayerContext,
  settings: CaffeMessage,
  { list, pair, axes, fallback, least }: WindowSetting,
): readonly number[] {
  const [height, width] = pair;
  const values = [...settings.numbers(list)];
  if (settings.has(height) || settings.has(width)) {
    if (values.length > 0) {
      throw layer.error(`it has both "${list}" and "${height}" or "${width}", expected one form`);
    }
    if (axes !== 2) throw layer.error(`it has "${height}" for ${axes} spatial axes, expected 2`);
    values.push(settings.number(height) ?? NaN, settings.number(width) ?? NaN);
  }
  if (values.length === 0 && fallback !== undefined) values.push(fallback);
  if (values.length === 1) { for (let axis = 1; axis < axes; axis++) values.push(values[0] ?? 0); }
  if (values.length !== axes || !values.every((value) => value >= least)) {
    const found = values.length === 0 ? "missing" : `[${values}]`;
    throw layer.error(
      `its "${list}" is ${found}, expected an integer from ${least} for each of ${axes} axes`,
    );
  }
  return values;
}
