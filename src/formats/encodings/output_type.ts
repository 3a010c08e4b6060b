import { UnsupportedError } from "../../errors.ts";
import type { TypeOverride } from "../../graph/mod.ts";
import { type JsonEntry, nameOf } from "./json_entry.ts";

/** An element type of version 2. */
export interface OutputType extends TypeOverride {
  /** Whether integers have a sign. */
  readonly signed: boolean;
}

/**
 * Reads a type such as `uint8` or `float16`.
 *
 * @param entry Where it stands.
 * @param options The member, and the tensor for messages.
 * @throws {FormatError} If it is no type.
 * @throws {UnsupportedError} If it is a float type that SNPE does not override with.
 */
export function outputType(
  entry: JsonEntry,
  options: { readonly key: string; readonly file: string; readonly name: string },
): OutputType {
  const { key, file, name } = options;
  const word = entry.member(key);
  const match = typeof word === "string" ? /^(u?int|b?float)(\d{1,2})/.exec(word) : null;
  const [whole, kind = "", digits] = match ?? [];
  const bitwidth = Number(digits);
  if (kind.endsWith("float") && whole !== undefined) {
    if (whole === word && kind === "float" && (bitwidth === 16 || bitwidth === 32)) {
      return { kind: "float", bitwidth, signed: true };
    }
    throw new UnsupportedError(
      `Cannot read encodings "${file}": "${name}" has ${key} ${word}, supported are float16 and ` +
        "float32",
    );
  }
  if (whole === undefined || whole !== word || bitwidth < 2 || bitwidth > 32) {
    throw entry.error(`has ${key} ${nameOf(word)}`, "int2 to int32, uint2 to uint32, or float16");
  }
  return { kind: "int", bitwidth, signed: kind === "int" };
}
