import type { Model } from "../graph/mod.ts";
import type { Encoding, TensorEncoding } from "../tensor/mod.ts";
import { computeBiasEncoding32, type EncodingOptions } from "./compute_encoding.ts";
import type { ObservedParameter } from "./observe_parameters.ts";
import { parameterRoles } from "./parameter_roles.ts";
import type { QuantizedTensor } from "./quantized_tensor.ts";
import { RANGE_METHODS, type RangeMethodName } from "./range_methods.ts";

/** Options for {@linkcode encodeParameters}. */
export interface EncodeParametersOptions extends Pick<EncodingOptions, "minimumRange"> {
  /** The method the weights were observed by. */
  readonly method: RangeMethodName;
  /** Bits of weights and constants. */
  readonly weightBitwidth: number;
  /** Bits of biases; 32 gives the symmetric grid of SNPE. */
  readonly biasBitwidth: number;
  /** Encodings that are given, by initializer name. */
  readonly overrides: ReadonlyMap<string, TensorEncoding>;
  /** Bit widths that are given, by initializer name. */
  readonly bitwidths: ReadonlyMap<string, number>;
}

/** Computes the encodings of all parameters of a network from what was observed. */
export function encodeParameters(
  model: Model,
  observed: ReadonlyMap<string, ObservedParameter>,
  options: EncodeParametersOptions,
): ReadonlyMap<string, QuantizedTensor> {
  const { method, weightBitwidth, biasBitwidth, overrides, bitwidths, ...rest } = options;
  const encode = (name: string, { role, observer }: ObservedParameter): Encoding => {
    const bitwidth = bitwidths.get(name) ?? (role === "bias" ? biasBitwidth : weightBitwidth);
    if (role === "bias" && bitwidth === 32) {
      return computeBiasEncoding32(observer.range() ?? { min: 0, max: 0 }, rest);
    }
    return RANGE_METHODS[role === "bias" ? "tf" : method].encode(observer, { ...rest, bitwidth });
  };
  const encoded = new Map<string, QuantizedTensor>();
  for (const [name, role] of parameterRoles(model)) {
    const float = model.initializers.get(name);
    const override = overrides.get(name);
    const parameter = observed.get(name);
    if (float === undefined) continue;
    if (override !== undefined) {
      encoded.set(name, { role, origin: "override", encoding: override, float });
    } else if (parameter !== undefined) {
      const range = parameter.observer.range();
      encoded.set(name, {
        role,
        origin: "observed",
        encoding: { encodings: [encode(name, parameter)] },
        float,
        ...(range === undefined ? {} : { range }),
      });
    }
  }
  return encoded;
}
