import type { CorrectionMode, QuantizeCorrectedOptions } from "../correct/mod.ts";
import { correctionLogPath } from "../correct/mod.ts";
import type { CommandContext } from "./command.ts";
import type { Option, OptionValues } from "./option.ts";
import { UsageError } from "./usage_error.ts";

const GROUP = "Algorithms";

/** Options of bias correction, and what turns it on. */
export const CORRECTION_OPTIONS: readonly Option[] = [
  {
    name: "algorithms",
    aliases: ["optimizations", "apply-algorithms"],
    kind: "list",
    value: "NAME",
    choices: ["cle", "bc"],
    description:
      "Improves the network while it is quantized: cross-layer equalization (cle), bias " +
      "correction (bc), or both.",
    group: GROUP,
  },
  {
    name: "bc-mode",
    kind: "text",
    value: "MODE",
    choices: ["empirical", "fast", "analytic"],
    default: "empirical",
    description:
      "How errors of biases are found: by running the quantized network, from the means " +
      "of the float network's layers, or from folded batch norms without data.",
    group: GROUP,
  },
  {
    name: "bc-activations",
    kind: "flag",
    description: "Corrects what the quantization of activations does as well, not of weights only.",
    group: GROUP,
  },
  {
    name: "resume",
    kind: "flag",
    description: "Goes on where an interrupted bias correction of the same output stopped.",
    group: GROUP,
  },
];

/**
 * Reads {@linkcode CORRECTION_OPTIONS}.
 *
 * @returns `undefined` where biases are not to be corrected.
 * @throws {UsageError} If options do not go together.
 */
export function correctionOptions(
  values: OptionValues,
  output: string,
): QuantizeCorrectedOptions | undefined {
  const algorithms = values.list("algorithms");
  const mode = values.text("bc-mode");
  const isEmpirical = mode === undefined || mode === "empirical";
  if (!algorithms.includes("bc")) {
    const [name] = ["bc-mode", "bc-activations", "resume"].filter((name) =>
      values.flag(name) || values.text(name) !== undefined
    );
    if (name !== undefined) throw new UsageError(`Option --${name} goes with --algorithms bc only`);
    return undefined;
  }
  if (values.flag("float-fallback")) {
    throw new UsageError("Options --float-fallback and --algorithms bc exclude each other");
  }
  if (values.flag("bc-activations") && !isEmpirical) {
    throw new UsageError("Option --bc-activations goes with --bc-mode empirical only");
  }
  return {
    correctActivations: values.flag("bc-activations"),
    log: correctionLogPath(output),
    resume: values.flag("resume"),
    ...(isCorrectionMode(mode) ? { correctionMode: mode } : {}),
  };
}

/**
 * Corrects biases for a command: advises before, and says after an interruption how to go on.
 *
 * @param work Corrects.
 * @param options What was read from the options.
 */
export async function correctForCommand<Result>(
  work: () => Promise<Result>,
  { values, output, context }: {
    readonly values: OptionValues;
    readonly output: string;
    readonly context: CommandContext;
  },
): Promise<Result> {
  if (!values.list("algorithms").includes("cle")) {
    context.tell(
      "Bias correction (bc) without cross-layer equalization (cle): SNPE's guide advises against it",
    );
  }
  try {
    return await work();
  } catch (error) {
    if (context.signal.aborted && await exists(correctionLogPath(output))) {
      context.tell("What is done of the bias correction is kept: --resume goes on from there");
    }
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function isCorrectionMode(mode: string | undefined): mode is CorrectionMode {
  return mode === "empirical" || mode === "fast" || mode === "analytic";
}
