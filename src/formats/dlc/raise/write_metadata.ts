import { VERSION } from "../../../version.ts";
import type { NormalGraph } from "../normal/normal_graph.ts";

/** What stands where nothing is known. */
const UNKNOWN = "N/A";

/**
 * The lines of `dlc.metadata`, keys in alphabetical order. dlcstream names itself where the model
 * does not say what converted it.
 */
export function writeMetadata(graph: NormalGraph): ReadonlyMap<string, string> {
  const { metadata } = graph;
  const isQuantized = graph.activations.size > 0 ||
    [...graph.constants.values()].some(({ encoding }) => encoding !== undefined);
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
