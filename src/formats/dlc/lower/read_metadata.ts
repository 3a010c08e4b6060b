import type { ModelMetadata } from "../../../graph/mod.ts";
import type { DlcDocument } from "../document.ts";

const KEYS = [
  ["converter-command", "converterCommand"],
  ["converter-version", "converterVersion"],
  ["model-copyright", "copyright"],
  ["model-version", "modelVersion"],
  ["quantizer-command", "quantizerCommand"],
] as const;

/** What the classic metadata of a document says; `N/A` means not known. */
export function readMetadata(document: DlcDocument): ModelMetadata {
  const found: Partial<Record<typeof KEYS[number][1], string>> = {};
  for (const [key, field] of KEYS) {
    const text = document.metadata.get(key);
    if (text !== undefined && text !== "N/A" && text !== "") found[field] = text;
  }
  const { converterCommand, converterVersion } = found;
  const tool = converterCommand?.split(" ", 1)[0];
  const producer = [tool, converterVersion].filter((part) => part !== undefined).join(" ");
  return {
    format: `dlc ${document.version === "3.0" ? "3" : document.version}`,
    ...(producer === "" ? {} : { producer }),
    ...found,
  };
}
