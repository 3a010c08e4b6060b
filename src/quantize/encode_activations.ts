import type { Model } from "../graph/mod.ts";
import type { TensorEncoding } from "../tensor/mod.ts";
import type { Calibration } from "./calibration.ts";
import { clippedShare } from "./clipped_share.ts";
import { placement, type PlacementOptions } from "./placement.ts";
import type { QuantizedTensor } from "./quantized_tensor.ts";
import type { RangeMethodOptions } from "./range_method.ts";
import { canEncode, RANGE_METHODS, type RangeMethodName } from "./range_methods.ts";
import { sameGrid } from "./same_grid.ts";

/** Options for {@linkcode encodeActivations}. */
export interface EncodeActivationsOptions extends RangeMethodOptions, PlacementOptions {
  /** How ranges are chosen; the calibration must hold what the method needs. */
  readonly method: RangeMethodName;
  /** Encodings that are given, by value name. */
  readonly overrides: ReadonlyMap<string, TensorEncoding>;
  /** Bit widths that are given, by value name. */
  readonly bitwidths: ReadonlyMap<string, number>;
  /** Values that stay float. */
  readonly floats: ReadonlySet<string>;
}

/**
 * Computes the encodings of all activations of a network from what was observed.
 *
 * @throws {RangeError} If a value that needs an encoding was not observed, or not for this method.
 */
export function encodeActivations(
  model: Model,
  calibration: Calibration,
  options: EncodeActivationsOptions,
): ReadonlyMap<string, QuantizedTensor> {
  const { overrides, bitwidths, floats, method, ...rest } = options;
  if (!canEncode(method, calibration.method)) {
    throw new RangeError(
      `Cannot quantize "${model.name}" with range method "${method}": the calibration was made for ` +
        `"${calibration.method}"`,
    );
  }
  const { observed, passedOn, joined } = placement(model, rest);
  const { encode } = RANGE_METHODS[method];
  const encoded = new Map<string, QuantizedTensor>();
  const own = (name: string): QuantizedTensor => {
    const observer = calibration.observers.get(name);
    const range = observer?.range();
    if (observer === undefined || range === undefined) {
      throw new RangeError(
        `Cannot quantize "${model.name}": the calibration has no values of "${name}"`,
      );
    }
    const sources = joined.get(name)?.map((source) => encoded.get(source)?.encoding);
    const [first] = sources ?? [];
    if (first !== undefined && sources?.every((other) => sameGrid(first, other))) {
      return { role: "activation", origin: "passed on", encoding: first, range };
    }
    const bitwidth = bitwidths.get(name);
    const grid = encode(observer, bitwidth === undefined ? rest : { ...rest, bitwidth });
    const clipped = clippedShare(observer, grid);
    return {
      role: "activation",
      origin: "observed",
      method,
      encoding: { encodings: [grid] },
      range,
      ...(clipped === undefined ? {} : { clipped }),
    };
  };

  for (const name of model.values.keys()) {
    const override = overrides.get(name);
    if (override !== undefined) {
      encoded.set(name, { role: "activation", origin: "override", encoding: override });
    }
  }
  for (const name of observed) {
    if (!encoded.has(name) && !floats.has(name)) encoded.set(name, own(name));
  }
  for (const [name, source] of passedOn) {
    const encoding = encoded.get(source)?.encoding;
    if (encoding === undefined || encoded.has(name) || floats.has(name)) continue;
    encoded.set(name, { role: "activation", origin: "passed on", encoding });
  }
  return encoded;
}
