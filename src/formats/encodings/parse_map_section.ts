import type { TypeOverride } from "../../graph/mod.ts";
import type { Encoding, TensorEncoding } from "../../tensor/mod.ts";
import { bitwidthOf } from "./bitwidth_of.ts";
import { encodingOfEntry } from "./encoding_of_entry.ts";
import { JsonEntry } from "./json_entry.ts";
import { strictNotice } from "./strict_notice.ts";
import type { EncodingsSection, SectionContext } from "./encodings_section.ts";

/**
 * Parses a section of versions 0.x: an object of tensor names, each with a list of encodings, one a
 * channel. A single object in place of a list of one is taken too.
 */
export function parseMapSection(members: unknown, context: SectionContext): EncodingsSection {
  const { file, section, count, notice } = context;
  const types = new Map<string, TypeOverride>();
  const encodings = new Map<string, TensorEncoding>();
  new JsonEntry(members, { file, place: section });
  for (const [name, value] of Object.entries(members as Record<string, unknown>)) {
    const list = Array.isArray(value) ? value : [value];
    count(list.length);
    const entries = list.map((entry, index) =>
      new JsonEntry(entry, { file, place: `${section} "${name}" entry ${index}` })
    );
    const [first] = entries;
    if (first === undefined) {
      throw new JsonEntry({}, { file, place: `${section} "${name}"` })
        .error("is empty", "at least one encoding");
    }
    const type = typeOf(first);
    const grids: Encoding[] = [];
    for (const entry of entries) {
      const own = typeOf(entry);
      if (own.kind !== type.kind || own.bitwidth !== type.bitwidth) {
        throw entry.error(
          `is ${own.kind}${own.bitwidth}`,
          `${type.kind}${type.bitwidth} as before`,
        );
      }
      const grid = type.kind === "float" ? undefined : encodingOfEntry(entry, {
        bitwidth: type.bitwidth,
        symmetric: entry.flag("is_symmetric"),
        min: entry.number("min"),
        max: entry.number("max"),
        scale: entry.number("scale"),
        offset: entry.number("offset"),
      });
      if (grid !== undefined) grids.push(grid);
      else if (grids.length > 0) throw entry.error("has no numbers", "numbers as before");
    }
    if (grids.length === 0) types.set(name, type);
    else if (grids.length < entries.length) {
      throw first.error("has no numbers", "numbers in every entry or in none");
    } else encodings.set(name, { encodings: grids });
    const strict = strictNotice(name, grids[0]);
    if (strict !== undefined) notice(strict);
  }
  return { encodings, types };
}

function typeOf(entry: JsonEntry): TypeOverride {
  const kind = entry.word("dtype", ["int", "float"]);
  return { kind, bitwidth: bitwidthOf(entry, { key: "bitwidth", kind }) };
}
