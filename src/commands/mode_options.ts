import {
  ENCODING_SCHEMAS,
  type EncodingSchema,
  isEncodingSchema,
  isRangeMethodName,
  type QuantizeOptions,
  RANGE_METHODS,
  type RangeMethod,
  type RangeMethodName,
} from "../quantize/mod.ts";
import type { Option, OptionValues } from "./option.ts";
import { UsageError } from "./usage_error.ts";

/** Rows of the table of range methods, by name. */
const METHODS: readonly (readonly [string, RangeMethod])[] = Object.entries(RANGE_METHODS);
/** The calibrations of qairt-quantizer, and the row that is meant. */
const CALIBRATIONS: ReadonlyMap<string, string> = new Map(
  METHODS.flatMap(([name, { calibration }]) =>
    calibration === undefined ? [] : [[calibration, name] as const]
  ),
);
/** qairt-quantizer writes it without the dash. */
const UNSIGNED_SYMMETRIC = "unsignedsymmetric";

/** Words and what they mean, for help, by heading. */
type Lists = Readonly<Record<string, readonly (readonly [string, string])[]>>;

/** The modes of activations, for help. */
export const ACTIVATION_MODE_LISTS: Lists = {
  Modes: describeMethods(METHODS.filter(([, { activations }]) => activations)),
};

/** What the words mean that options here take, for help. */
export const MODE_LISTS: Lists = {
  Modes: describeMethods(METHODS),
  Schemas: Object.entries(ENCODING_SCHEMAS),
};

function describeMethods(
  methods: typeof METHODS,
): readonly (readonly [string, string])[] {
  return methods.map(([name, { description, activations, calibration }]) => {
    const notes = [
      ...(activations ? [] : ["weights only"]),
      ...(calibration === undefined ? [] : [`calibration ${calibration}`]),
    ];
    return [name, description + (notes.length > 0 ? ` (${notes.join(", ")})` : "")] as const;
  });
}

/** The options of one kind of tensor: its mode, or its calibration and its schema. */
function kindOptions(kind: "act" | "param", use: "activations" | "weights"): readonly Option[] {
  const group = use === "weights" ? "Weights" : "Activations";
  return [
    {
      name: `${kind}-quantizer`,
      kind: "text",
      value: "MODE",
      choices: METHODS.flatMap(([name, method]) => method[use] ? [name] : []),
      default: "tf",
      description: `How ranges of ${use} are chosen.`,
      group,
    },
    {
      name: `${kind}-quantizer-calibration`,
      kind: "text",
      value: "NAME",
      choices: [...CALIBRATIONS.keys()],
      description: "The same as qairt-quantizer spells it.",
      group,
    },
    {
      name: `${kind}-quantizer-schema`,
      kind: "text",
      value: "NAME",
      choices: [...Object.keys(ENCODING_SCHEMAS), UNSIGNED_SYMMETRIC],
      default: "that of the mode",
      description: `Where the grids of ${use} lie around zero.`,
      group,
    },
  ];
}

/** How ranges of activations are chosen. */
export const ACTIVATION_MODE_OPTIONS: readonly Option[] = kindOptions("act", "activations");

/** How encodings of activations and weights are computed. */
export const MODE_OPTIONS: readonly Option[] = [
  ...ACTIVATION_MODE_OPTIONS,
  {
    name: "act-bitwidth",
    kind: "text",
    value: "BITS",
    choices: ["8", "16"],
    default: "8",
    description: "Bits of an activation.",
    group: "Activations",
  },
  ...kindOptions("param", "weights"),
  {
    name: "weights-bitwidth",
    kind: "text",
    value: "BITS",
    choices: ["4", "8", "16"],
    default: "8",
    description: "Bits of a weight; with 4, constants that are no layer's weights have 8.",
    group: "Weights",
  },
  {
    name: "bias-bitwidth",
    kind: "text",
    value: "BITS",
    choices: ["8", "32"],
    default: "8",
    description: "Bits of a bias; 32 is worth some accuracy.",
    group: "Weights",
  },
  {
    name: "use-per-channel-quantization",
    kind: "flag",
    description:
      "Gives each output channel of convolutions and fully connected layers its own encoding.",
    group: "Weights",
  },
  {
    name: "use-per-row-quantization",
    kind: "flag",
    description: "Gives each output of fully connected layers and MatMul its own encoding.",
    group: "Weights",
  },
  {
    name: "enable-per-row-quantized-bias",
    kind: "flag",
    description: "Gives biases of such layers an encoding for each element, too.",
    group: "Weights",
  },
  {
    name: "no-weight-quantization",
    kind: "flag",
    description: "Keeps weights and biases float32, beside their encodings.",
    group: "Weights",
  },
  {
    name: "percentile-calibration-value",
    kind: "text",
    value: "P",
    default: "99.99",
    description: "Percent of the values that percentile keeps inside at each end, 90 to 100.",
    group: "Quantization",
  },
  {
    name: "minimum-range",
    kind: "text",
    value: "R",
    default: "0.01",
    description: "The least width of a range; 0.0001 in QNN's documents.",
    group: "Quantization",
  },
];

/** What {@linkcode MODE_OPTIONS} say, as {@linkcode quantizeModel} takes it. */
export function modeOptions(values: OptionValues): QuantizeOptions {
  const weights = chosenMode(values, "param");
  const activations = activationModeOptions(values);
  const percentile = percentileValue(values);
  const range = minimumRange(values);
  const takesPercentile = values.text("ranges") !== undefined ||
    [activations.activationMethod, weights.method].some((name) => name?.includes("percentile"));
  if (percentile !== undefined && !takesPercentile) {
    throw new UsageError("Option --percentile-calibration-value goes with a percentile mode only");
  }
  if (values.flag("no-weight-quantization") && values.list("algorithms").includes("bc")) {
    throw new UsageError(
      "Options --no-weight-quantization and --algorithms bc exclude each other: biases are " +
        "corrected for the error of quantized weights",
    );
  }
  const weightBits = values.text("weights-bitwidth");
  return {
    ...activations,
    ...(weights.method === undefined ? {} : { weightMethod: weights.method }),
    ...(weights.schema === undefined ? {} : { weightSchema: weights.schema }),
    ...(percentile === undefined ? {} : { percentile }),
    activationBitwidth: values.text("act-bitwidth") === "16" ? 16 : 8,
    weightBitwidth: weightBits === "4" ? 4 : weightBits === "16" ? 16 : 8,
    biasBitwidth: values.text("bias-bitwidth") === "32" ? 32 : 8,
    ...(range === undefined ? {} : { minimumRange: range }),
    perChannel: values.flag("use-per-channel-quantization"),
    perRow: values.flag("use-per-row-quantization"),
    perRowBias: values.flag("enable-per-row-quantized-bias"),
    quantizeParameters: !values.flag("no-weight-quantization"),
  };
}

/** What {@linkcode ACTIVATION_MODE_OPTIONS} say. */
export function activationModeOptions(
  values: OptionValues,
): Pick<QuantizeOptions, "activationMethod" | "activationSchema"> {
  const { method, schema } = chosenMode(values, "act");
  return {
    ...(method === undefined ? {} : { activationMethod: method }),
    ...(schema === undefined ? {} : { activationSchema: schema }),
  };
}

function chosenMode(
  values: OptionValues,
  kind: "act" | "param",
): { readonly method?: RangeMethodName; readonly schema?: EncodingSchema } {
  const mode = values.text(`${kind}-quantizer`);
  const calibration = values.text(`${kind}-quantizer-calibration`);
  const asked = values.text(`${kind}-quantizer-schema`);
  if (mode !== undefined && calibration !== undefined) {
    throw new UsageError(
      `Options --${kind}-quantizer and --${kind}-quantizer-calibration exclude each other; ` +
        `--${kind}-quantizer-schema goes with both`,
    );
  }
  const method = mode ?? CALIBRATIONS.get(calibration ?? "");
  const schema = asked === UNSIGNED_SYMMETRIC ? "unsigned-symmetric" : asked;
  return {
    ...(method !== undefined && isRangeMethodName(method) && { method }),
    ...(schema !== undefined && isEncodingSchema(schema) && { schema }),
  };
}

function minimumRange(values: OptionValues): number | undefined {
  const text = values.text("minimum-range");
  if (text === undefined) return undefined;
  const range = Number(text);
  if (Number.isFinite(range) && range > 0) return range;
  throw new UsageError(
    `Option --minimum-range does not take "${text}": expected a number above 0, such as 0.01`,
  );
}

function percentileValue(values: OptionValues): number | undefined {
  const text = values.text("percentile-calibration-value");
  if (text === undefined) return undefined;
  const percentile = Number(text);
  if (text.trim() !== "" && percentile >= 90 && percentile <= 100) return percentile;
  throw new UsageError(
    `Option --percentile-calibration-value does not take "${text}": expected 90 to 100`,
  );
}
