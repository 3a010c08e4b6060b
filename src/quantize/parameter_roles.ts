import type { Model } from "../graph/mod.ts";

/**
 * What an initializer is to the layers that read it: a weight, a bias (its own bit width), or another
 * constant that values are computed with.
 */
export type ParameterRole = "weight" | "bias" | "constant";

/** Roles of a layer's inputs by position; an input that is not listed is never quantized. */
const LAYER_INPUTS: Readonly<Record<string, Readonly<Record<number, ParameterRole>>>> = {
  Conv: { 1: "weight", 2: "bias" },
  ConvTranspose: { 1: "weight", 2: "bias" },
  Gemm: { 0: "weight", 1: "weight", 2: "bias" },
  MatMul: { 0: "weight", 1: "weight" },
  Einsum: { 0: "weight", 1: "weight" },
  PRelu: { 1: "weight" },
  BatchNormalization: { 1: "weight", 2: "bias" },
  InstanceNormalization: { 1: "weight", 2: "bias" },
  LayerNormalization: { 1: "weight", 2: "bias" },
  GroupNormalization: { 1: "weight", 2: "bias" },
  LSTM: { 1: "weight", 2: "weight", 3: "bias", 7: "weight" },
  GRU: { 1: "weight", 2: "weight", 3: "bias" },
  RNN: { 1: "weight", 2: "weight", 3: "bias" },
  Gather: { 0: "weight" },
};

/** Operators that compute with (or pass on) every one of their inputs. */
const CONSTANT_READERS: ReadonlySet<string> = new Set([
  "Add",
  "Concat",
  "Div",
  "Max",
  "Mean",
  "Min",
  "Mul",
  "Sub",
  "Sum",
  "Where",
]);

/** Which role counts where an initializer has several. */
const PRECEDENCE: readonly ParameterRole[] = ["weight", "constant", "bias"];

/**
 * Finds the initializers that get an encoding, with their roles, in the order the model lists them.
 * Left out are integers, empty tensors, and what steers an operator: limits of Clip, scales of
 * Resize, exponents, the mean and variance of a batch normalization.
 */
export function parameterRoles(
  model: Pick<Model, "nodes" | "initializers">,
): ReadonlyMap<string, ParameterRole> {
  const found = new Map<string, ParameterRole>();
  for (const node of model.nodes) {
    for (const [position, name] of node.inputs.entries()) {
      const role = CONSTANT_READERS.has(node.operator)
        ? "constant"
        : LAYER_INPUTS[node.operator]?.[position];
      if (role === undefined) continue;
      const known = found.get(name);
      if (known === undefined || PRECEDENCE.indexOf(role) < PRECEDENCE.indexOf(known)) {
        found.set(name, role);
      }
    }
  }
  const roles = new Map<string, ParameterRole>();
  for (const [name, { dtype, shape }] of model.initializers) {
    const role = found.get(name);
    if (role !== undefined && dtype === "float32" && !shape.includes(0)) roles.set(name, role);
  }
  return roles;
}
