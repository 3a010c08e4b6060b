import type { Model } from "../graph/mod.ts";
import type { EncodingSchema } from "./encoding_schema.ts";
import { type ParameterRole, parameterRoles } from "./parameter_roles.ts";
import { rangeMethod, type RangeMethodName } from "./range_methods.ts";
import { weightAxes } from "./weight_axes.ts";

/** How weights and biases are quantized. */
export interface ParameterOptions {
  /**
   * How ranges of weights are chosen; those of biases are always chosen by `tf`.
   *
   * @default {"tf"}
   */
  readonly weightMethod?: RangeMethodName;
  /**
   * Where the grids of weights lie around zero. Encodings for each channel are symmetric in any case.
   *
   * @default {the schema of the method}
   */
  readonly weightSchema?: EncodingSchema;
  /**
   * Bits of a stored weight. 4 bits are for the weights of convolutions, fully connected layers and
   * MatMul; other constants then have 8.
   *
   * @default {8}
   */
  readonly weightBitwidth?: 4 | 8 | 16;
  /**
   * Bits of a stored bias.
   *
   * @default {8}
   */
  readonly biasBitwidth?: 8 | 32;
  /**
   * Gives each output channel of convolutions, transposed convolutions and fully connected layers an
   * encoding of its own.
   *
   * @default {false}
   */
  readonly perChannel?: boolean;
  /**
   * Gives each output of fully connected layers and MatMul an encoding of its own.
   *
   * @default {false}
   */
  readonly perRow?: boolean;
  /**
   * Gives each element of a bias an encoding of its own, where the weight of its layer has one for each
   * channel.
   *
   * @default {false}
   */
  readonly perRowBias?: boolean;
}

/** What becomes of a parameter. */
export interface ParameterPlan {
  /** What it is to its layers. */
  readonly role: ParameterRole;
  /** How its range is chosen. */
  readonly method: RangeMethodName;
  /** Where its grid lies. */
  readonly schema: EncodingSchema;
  /** Bits of a code. */
  readonly bitwidth: number;
  /** The axis whose every index has an encoding of its own. */
  readonly axis?: number;
}

const WEIGHT = 1;
const BIAS = 2;

/**
 * Decides how each parameter of a network is quantized.
 *
 * @param model The prepared network.
 * @param options Methods, bits, which weights have an encoding for each channel.
 * @param bitwidths Bits that are given, by name.
 * @throws {RangeError} If method, schema and bits do not go together.
 */
export function planParameters(
  model: Pick<Model, "nodes" | "initializers">,
  options: ParameterOptions,
  bitwidths: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, ParameterPlan> {
  const { weightMethod = "tf", weightBitwidth = 8, biasBitwidth = 8 } = options;
  const { perChannel = false, perRow = false, perRowBias = false } = options;
  const schema = checkParameterOptions(options);
  const axes = weightAxes(model, { perChannel, perRow });
  const small = weightAxes(model, { perChannel: true, perRow: true });
  const biases = perRowBias ? rowBiases(model, axes) : new Set();
  const plans = new Map<string, ParameterPlan>();
  for (const [name, role] of parameterRoles(model)) {
    const given = bitwidths.get(name);
    if (role === "bias") {
      const bitwidth = given ?? biasBitwidth;
      const perRow = biases.has(name);
      const schema = perRow || bitwidth === 32 ? "symmetric" : "asymmetric";
      plans.set(name, { role, method: "tf", schema, bitwidth, ...(perRow && { axis: 0 }) });
      continue;
    }
    const bitwidth = given ?? (weightBitwidth === 4 && !small.has(name) ? 8 : weightBitwidth);
    rangeMethod(weightMethod, { use: "weights", bitwidth });
    const axis = axes.get(name);
    plans.set(name, {
      role,
      method: weightMethod,
      bitwidth,
      ...(axis === undefined ? { schema } : { schema: "symmetric", axis }),
    });
  }
  return plans;
}

/**
 * Checks that method, schema and bits of parameters go together.
 *
 * @returns The schema of weights without channels.
 * @throws {RangeError} If they do not.
 */
export function checkParameterOptions(options: ParameterOptions): EncodingSchema {
  const { weightMethod = "tf", weightSchema, weightBitwidth = 8 } = options;
  const { perChannel = false, perRow = false } = options;
  checkOption("weight bit width", weightBitwidth, [4, 8, 16]);
  checkOption("bias bit width", options.biasBitwidth ?? 8, [8, 32]);
  const method = rangeMethod(weightMethod, {
    use: "weights",
    bitwidth: weightBitwidth,
    ...(weightSchema === undefined ? {} : { schema: weightSchema }),
  });
  const schema = weightSchema ?? method.schema;
  if (!perChannel && !perRow) return schema;
  // A method's own schema gives way to the channels; one that was asked for does not.
  const asked = weightSchema ?? (method.schemas === undefined ? undefined : schema);
  if (asked !== undefined && asked !== "symmetric") {
    throw new RangeError(
      `Cannot quantize weights per ${perChannel ? "channel" : "row"} with ${
        weightSchema === undefined ? `range method "${weightMethod}"` : `schema "${asked}"`
      }: their encodings are symmetric`,
    );
  }
  return schema;
}

/** Biases of layers whose weights have an encoding for each channel. */
function rowBiases(
  model: Pick<Model, "nodes" | "initializers">,
  axes: ReadonlyMap<string, number>,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { inputs } of model.nodes) {
    const bias = inputs[BIAS] ?? "";
    const rank = model.initializers.get(bias)?.shape.length;
    if (rank === 1 && axes.has(inputs[WEIGHT] ?? "")) found.add(bias);
  }
  return found;
}

/**
 * Checks a number that has few possible values.
 *
 * @throws {RangeError} If it has another one.
 */
export function checkOption(what: string, value: number, allowed: readonly number[]): void {
  if (allowed.includes(value)) return;
  throw new RangeError(
    `Cannot quantize with ${what} ${value}: expected ${allowed.join(" or ")}`,
  );
}
