import type { ModelMetadata } from "../../../graph/mod.ts";
import { VERSION } from "../../../version.ts";

/** What stands where nothing is known. */
const UNKNOWN = "N/A";

/**
 * The lines of `dlc.metadata`, keys in alphabetical order. dlcstream names itself where the model
 * does not say what converted it.
 */
export function writeMetadata(
  metadata: ModelMetadata,
  isQuantized: boolean,
): ReadonlyMap<string, string> {
  const quantizer = metadata.quantizerCommand ?? (isQuantized ? "dlcstream" : UNKNOWN);
  return new Map([
    ["converter-command", oneLine(metadata.converterCommand ?? "dlcstream")],
    ["converter-version", oneLine(metadata.converterVersion ?? VERSION)],
    ["model-copyright", oneLine(metadata.copyright ?? UNKNOWN)],
    ["model-version", oneLine(metadata.modelVersion ?? UNKNOWN)],
    ["quantizer-command", oneLine(quantizer)],
  ]);
}

/** A value takes one line of the file. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, " ").trim();
}
