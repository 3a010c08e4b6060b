import { UnsupportedError } from "../../errors.ts";
import type { TypeOverride } from "../../graph/mod.ts";
import type { Encoding, TensorEncoding } from "../../tensor/mod.ts";
import { bitwidthOf } from "./bitwidth_of.ts";
import { encodingOfEntry } from "./encoding_of_entry.ts";
import type { JsonEntry } from "./json_entry.ts";
import { namedEntries } from "./named_entries.ts";
import { strictNotice } from "./strict_notice.ts";
import type { EncodingsSection, SectionContext } from "./encodings_section.ts";

/**
 * Parses a section of version 1.0.0: a list with an entry for each tensor, whose numbers are lists
 * with an element for each channel.
 */
export function parseListSection(value: unknown, context: SectionContext): EncodingsSection {
  const { count } = context;
  const types = new Map<string, TypeOverride>();
  const encodings = new Map<string, TensorEncoding>();
  for (const { name, entry } of namedEntries(value, context)) {
    const kind = entry.word("dtype", ["int", "float"]);
    const type: TypeOverride = { kind, bitwidth: bitwidthOf(entry, { key: "bw", kind }) };
    const grids = kind === "float" ? [] : parseGrids(entry, { name, context, type });
    count(Math.max(1, grids.length));
    if (grids.length === 0) types.set(name, type);
    else encodings.set(name, { encodings: grids });
  }
  return { encodings, types };
}

function parseGrids(
  entry: JsonEntry,
  { name, context, type: { bitwidth } }: {
    readonly name: string;
    readonly context: SectionContext;
    readonly type: TypeOverride;
  },
): readonly Encoding[] {
  const kind = entry.word("enc_type", [
    "PER_TENSOR",
    "PER_CHANNEL",
    "PER_BLOCK",
    "LPBQ",
    "VECTOR",
  ]);
  if (kind !== "PER_TENSOR" && kind !== "PER_CHANNEL") {
    throw new UnsupportedError(
      `Cannot read encodings "${context.file}": ${context.section} "${name}" is of type ${kind}, ` +
        "supported are PER_TENSOR and PER_CHANNEL",
    );
  }
  const lists = {
    min: entry.numbers("min"),
    max: entry.numbers("max"),
    scale: entry.numbers("scale"),
    offset: entry.numbers("offset"),
  };
  const length = Math.max(...Object.values(lists).map((list) => list?.length ?? 0));
  for (const [key, list] of Object.entries(lists)) {
    if (list !== undefined && list.length !== length) {
      throw entry.error(`has ${list.length} elements in ${key}`, `${length} as in its other lists`);
    }
  }
  if (kind === "PER_TENSOR" && length > 1) {
    throw entry.error(`is PER_TENSOR with ${length} elements`, "1");
  }
  const symmetric = entry.flag("is_sym");
  const grids: Encoding[] = [];
  for (let i = 0; i < length; i++) {
    const grid = encodingOfEntry(entry, {
      bitwidth,
      symmetric,
      min: lists.min?.[i],
      max: lists.max?.[i],
      scale: lists.scale?.[i],
      offset: lists.offset?.[i],
    });
    if (grid !== undefined) grids.push(grid);
  }
  const strict = strictNotice(name, grids[0]);
  if (strict !== undefined) context.notice(strict);
  return grids;
}
