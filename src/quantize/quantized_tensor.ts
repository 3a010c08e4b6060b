import type { Model } from "../graph/mod.ts";
import type { TensorEncoding, TensorReference } from "../tensor/mod.ts";
import type { TensorRange } from "./compute_encoding.ts";
import type { ParameterRole } from "./parameter_roles.ts";
import type { RangeMethodName } from "./range_methods.ts";

/** A tensor of a quantized network and where its encoding comes from. */
export interface QuantizedTensor {
  /** What the tensor is to the network. */
  readonly role: "activation" | ParameterRole;
  /** From observed values, from an override, or from the value it only moves. */
  readonly origin: "observed" | "override" | "passed on";
  /** How the range was chosen, where values were observed. */
  readonly method?: RangeMethodName;
  /** The encoding in force. */
  readonly encoding: TensorEncoding;
  /** What was observed; absent for a tensor that was not. */
  readonly range?: TensorRange;
  /**
   * Which share of the observed values lies more than half a step outside the grid, 0 to 1; absent
   * where that is not known. Of parameters it is measured by {@linkcode reportTensors}.
   */
  readonly clipped?: number;
  /** The float tensor behind a quantized parameter. */
  readonly float?: TensorReference;
}

/** A model with encodings, and how it came to them. */
export interface QuantizedModel extends Model {
  /** Every tensor that has an encoding, by name: parameters first, then activations. */
  readonly quantized: ReadonlyMap<string, QuantizedTensor>;
  /** Tensors that were asked to stay float, with their bits. */
  readonly floats: ReadonlyMap<string, 16 | 32>;
}
