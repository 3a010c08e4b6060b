import {
  type EqualizationReport,
  type EqualizedModel,
  equalizeModel,
  type EqualizeOptions,
} from "../equalize/mod.ts";
import type { ExecuteOptions } from "../execute/mod.ts";
import type { Model } from "../graph/mod.ts";
import type { SampleSource } from "../tensor/mod.ts";
import type { CommandContext } from "./command.ts";
import { countOf } from "./count_of.ts";
import type { Option, OptionValues } from "./option.ts";
import { UsageError } from "./usage_error.ts";

const GROUP = "Algorithms";

/** What may stand between layers that are equalized. */
export const THROUGH_OPTION: Option = {
  name: "cle-through",
  kind: "text",
  value: "WHAT",
  choices: ["activations", "all"],
  default: "activations",
  description: "What may stand between layers: activation functions, or also pools and resizes.",
  group: GROUP,
};

/** Options of cross-layer equalization, which `--algorithms cle` turns on. */
export const EQUALIZATION_OPTIONS: readonly Option[] = [
  {
    name: "cle-scales",
    kind: "text",
    value: "HOW",
    choices: ["noise", "ranges"],
    default: "noise",
    description:
      "Scales that make the noise of quantization least, or, as AIMET does, the ranges " +
      "of weights equal.",
    group: GROUP,
  },
  {
    name: "cle-samples",
    kind: "text",
    value: "N",
    default: "24",
    description: "How many of the calibration inputs equalization looks at, spread over all.",
    group: GROUP,
  },
  {
    name: "cle-iterations",
    kind: "text",
    value: "N",
    default: "1",
    description: "Equalizes all layers up to N times, until nothing changes.",
    group: GROUP,
  },
  THROUGH_OPTION,
  {
    name: "relu6",
    kind: "text",
    value: "HOW",
    choices: ["auto", "relu", "exact", "keep"],
    default: "auto",
    description:
      "Ceilings of ReLU6: chosen for each layer from the data, dropped as SNPE does, one " +
      "for each channel, or kept, with scales that respect them.",
    group: GROUP,
  },
  {
    name: "high-bias-absorption",
    kind: "text",
    value: "SOURCE",
    choices: ["auto", "data", "batch-norm", "off"],
    default: "auto",
    description: "What tells how much of a high bias can move into the next layer.",
    group: GROUP,
  },
];

/**
 * Reads {@linkcode EQUALIZATION_OPTIONS}.
 *
 * @returns `undefined` where the network is not to be equalized.
 * @throws {UsageError} If options do not go together.
 */
export function equalizationOptions(values: OptionValues): EqualizeOptions | undefined {
  if (!values.list("algorithms").includes("cle")) {
    const given = EQUALIZATION_OPTIONS.find(({ name }) => values.text(name) !== undefined);
    if (given === undefined) return undefined;
    throw new UsageError(`Option --${given.name} goes with --algorithms cle only`);
  }
  if (values.text("ranges") !== undefined) {
    throw new UsageError(
      "Options --ranges and --algorithms cle exclude each other: equalization changes the ranges",
    );
  }
  if (values.flag("float-fallback")) {
    throw new UsageError("Options --float-fallback and --algorithms cle exclude each other");
  }
  const scales = values.text("cle-scales");
  const relu6 = values.text("relu6");
  const absorption = values.text("high-bias-absorption");
  return {
    ...count(values, "cle-samples", "maxSamples"),
    ...count(values, "cle-iterations", "iterations"),
    ...(scales === "ranges" || scales === "noise" ? { scales } : {}),
    ...(values.text("cle-through") === "all" ? { through: "all" } : {}),
    ...(relu6 === "relu" || relu6 === "exact" || relu6 === "keep" ? { relu6 } : {}),
    ...(absorption === "data" || absorption === "batch-norm" || absorption === "off"
      ? { highBiasAbsorption: absorption }
      : {}),
  };
}

/** Equalizes a network for a command and tells in a line what was done. */
export async function equalizeForCommand(
  model: Model,
  samples: SampleSource,
  { options, execute, context }: {
    readonly options: EqualizeOptions;
    readonly execute: ExecuteOptions;
    readonly context: CommandContext;
  },
): Promise<EqualizedModel> {
  const equalized = await equalizeModel(model, {
    ...execute,
    ...options,
    samples,
    onNotice: context.tell,
    onProgress: context.progress.report,
  });
  context.tell(describeEqualization(equalized.report));
  return equalized;
}

function describeEqualization({ links, skipped }: EqualizationReport): string {
  const sum = (count: (link: typeof links[number]) => number): number =>
    links.reduce((total, link) => total + count(link), 0);
  const ceilings = (kind: string): number => sum(({ ceiling }) => ceiling.kind === kind ? 1 : 0);
  const leftAlone = `(${countOf(skipped.length, "layer")} left alone)`;
  if (links.length === 0) {
    return `Equalized nothing: no layer leads to another one ${leftAlone}; info --cle tells why, ` +
      "--cle-through all takes more between them";
  }
  return `Equalized ${countOf(links.length, "pair")} of layers ${leftAlone}: ` +
    `${countOf(sum(({ constants }) => constants), "dead channel")}, ` +
    `${countOf(sum(({ absorbed }) => absorbed), "high bias", "high biases")} absorbed; ` +
    "ceilings of ReLU6: " +
    `${ceilings("dropped")} dropped, ${ceilings("kept") + ceilings("one")} of one number, ` +
    `${ceilings("per-channel")} by channel`;
}

/** An option that is a number from 1, under its name for the library. */
function count<Name extends "maxSamples" | "iterations">(
  values: OptionValues,
  option: string,
  name: Name,
): { readonly [key in Name]?: number } {
  const text = values.text(option);
  if (text === undefined) return {};
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new UsageError(`Option --${option} does not take "${text}": expected 1 or more`);
  }
  return { [name]: number } as { [key in Name]: number };
}
