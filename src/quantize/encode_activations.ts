import type { Model } from "../graph/mod.ts";
import { sameGrid, type TensorEncoding } from "../tensor/mod.ts";
import type { Calibration } from "./calibration.ts";
import { clippedShare } from "./clipped_share.ts";
import { computeEncoding } from "./compute_encoding.ts";
import { observedSource, placement, type PlacementOptions } from "./placement.ts";
import type { QuantizedTensor } from "./quantized_tensor.ts";
import type { RangeMethodOptions } from "./range_method.ts";
import { canEncode, RANGE_METHODS, type RangeMethodName } from "./range_methods.ts";

/** Options for {@linkcode encodeActivations}. */
export interface EncodeActivationsOptions extends RangeMethodOptions, PlacementOptions {
  /** How ranges are chosen; the calibration must hold what the method needs. */
  readonly method: RangeMethodName;
  /** Encodings that are given, by value name. */
  readonly overrides: ReadonlyMap<string, TensorEncoding>;
  /** Those of {@linkcode EncodeActivationsOptions.overrides} that come from another value. */
  readonly settled: ReadonlySet<string>;
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
  calibration: Pick<Calibration, "method" | "observers">,
  options: EncodeActivationsOptions,
): ReadonlyMap<string, QuantizedTensor> {
  const { overrides, settled, bitwidths, floats, method, ...rest } = options;
  if (!canEncode(method, calibration.method)) {
    throw new RangeError(
      `Cannot quantize "${model.name}" with range method "${method}": the calibration was made for ` +
        `"${calibration.method}"`,
    );
  }
  const placed = placement(model, rest);
  const { observed, passedOn, joined } = placed;
  const { encode } = RANGE_METHODS[method];
  const encoded = new Map<string, QuantizedTensor>();

  const own = (name: string): QuantizedTensor => {
    const observer = calibration.observers.get(observedSource(placed, name));
    const range = observer?.range();
    if (observer === undefined || range === undefined) {
      throw new RangeError(
        `Cannot quantize "${model.name}": the calibration has no values of "${name}"`,
      );
    }
    const bitwidth = bitwidths.get(name);
    const passed = commonEncoding(joined.get(name) ?? []);
    if (passed !== undefined && fits(passed, bitwidth)) {
      return { role: "activation", origin: "passed on", encoding: passed, range };
    }
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
  const commonEncoding = (names: readonly string[]): TensorEncoding | undefined => {
    const [first, ...others] = names.map((name) => encoded.get(name)?.encoding);
    return others.every((other) => sameGrid(first, other)) ? first : undefined;
  };
  /** A moved value has the grid of its source, or one of its own in the bits asked for. */
  const moved = (name: string, source: string): QuantizedTensor | undefined => {
    const bitwidth = bitwidths.get(name);
    const encoding = encoded.get(source)?.encoding;
    if (encoding !== undefined && fits(encoding, bitwidth)) {
      return { role: "activation", origin: "passed on", encoding };
    }
    if (bitwidth === undefined) return undefined;
    const [grid] = encoding?.encodings ?? [];
    const isObserved = encoded.get(observedSource(placed, name))?.origin === "observed";
    if (grid === undefined || isObserved) return own(name);
    const widened = computeEncoding(grid, { bitwidth, minimumRange: 0 });
    return { role: "activation", origin: "passed on", encoding: { encodings: [widened] } };
  };

  const names = [...model.inputs.map(({ name }) => name), ...model.nodes.flatMap((n) => n.outputs)];
  for (const name of names) {
    const override = overrides.get(name);
    const source = passedOn.get(name);
    const tensor: QuantizedTensor | undefined = override !== undefined
      ? {
        role: "activation",
        origin: settled.has(name) ? "passed on" : "override",
        encoding: override,
      }
      : floats.has(name)
      ? undefined
      : source !== undefined
      ? moved(name, source)
      : observed.has(name)
      ? own(name)
      : undefined;
    if (tensor !== undefined) encoded.set(name, tensor);
  }
  return encoded;
}

/** Whether an encoding has the bits asked for, if any. */
function fits({ encodings }: TensorEncoding, bitwidth: number | undefined): boolean {
  return bitwidth === undefined || encodings[0]?.bitwidth === bitwidth;
}
