import type { JsonEntry } from "./json_entry.ts";

/**
 * The bit width of an entry: 4 to 32 in old files, 2 to 32 in newer ones, 16 or 32 for floats.
 *
 * @throws {FormatError} If it is missing or out of range.
 */
export function bitwidthOf(
  entry: JsonEntry,
  options: { readonly key: string; readonly kind: "int" | "float" },
): number {
  const bitwidth = entry.number(options.key);
  if (options.kind === "float") {
    if (bitwidth === 16 || bitwidth === 32) return bitwidth;
    throw entry.error(`is float with ${options.key} ${bitwidth ?? "missing"}`, "16 or 32");
  }
  if (bitwidth === undefined || !Number.isInteger(bitwidth) || bitwidth < 2 || bitwidth > 32) {
    throw entry.error(`has ${options.key} ${bitwidth ?? "missing"}`, "an integer from 2 to 32");
  }
  return bitwidth;
}
