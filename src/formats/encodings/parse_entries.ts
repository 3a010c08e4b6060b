import { UnsupportedError } from "../../errors.ts";
import type { TypeOverride } from "../../graph/mod.ts";
import type { Encoding, TensorEncoding } from "../../tensor/mod.ts";
import type { EncodingsSection, SectionContext } from "./encodings_section.ts";
import { JsonEntry } from "./json_entry.ts";
import { namedEntries } from "./named_entries.ts";
import { type OutputType, outputType } from "./output_type.ts";

/**
 * Parses the one list of versions 2.0 and 2.1, whose entries follow ONNX QuantizeLinear:
 * `real = y_scale * (q - y_zero_point)` with `q` of type `output_dtype`. In version 2.1 a scale may
 * be quantized itself.
 */
export function parseEntries(value: unknown, context: SectionContext): EncodingsSection {
  const { file, count } = context;
  const types = new Map<string, TypeOverride>();
  const encodings = new Map<string, TensorEncoding>();
  for (const { name, entry } of namedEntries(value, context)) {
    const { signed, ...type } = outputType(entry, { key: "output_dtype", file, name });
    const encoding = type.kind === "float"
      ? undefined
      : parseGrids(entry, { file, name, type: { ...type, signed } });
    count(Math.max(1, encoding?.encodings.length ?? 0));
    if (encoding === undefined) types.set(name, type);
    else encodings.set(name, encoding);
  }
  return { encodings, types };
}

function parseGrids(
  entry: JsonEntry,
  { file, name, type }: {
    readonly file: string;
    readonly name: string;
    readonly type: OutputType;
  },
): TensorEncoding | undefined {
  for (const key of ["per_block_int_scale", "block_size"]) {
    if (entry.member(key) === undefined) continue;
    throw new UnsupportedError(
      `Cannot read encodings "${file}": "${name}" has ${key}, supported are encodings of a whole ` +
        "tensor and of channels",
    );
  }
  const scales = parseScales(entry, { file, name });
  const zeros = entry.numbers("y_zero_point");
  if (scales === undefined) {
    if (zeros !== undefined) throw entry.error("has y_zero_point without y_scale", "both");
    return undefined;
  }
  if (zeros !== undefined && zeros.length !== scales.length) {
    throw entry.error(
      `has ${zeros.length} elements in y_zero_point`,
      `${scales.length} as in y_scale`,
    );
  }
  const steps = 2 ** type.bitwidth - 1;
  const lowest = type.signed ? -(2 ** (type.bitwidth - 1)) : 0;
  const encodings = scales.map((scale, i): Encoding => {
    if (scale <= 0) throw entry.error(`has y_scale ${scale}`, "a positive number");
    const zero = zeros?.[i] ?? 0;
    const offset = lowest - zero + 0;
    if (!Number.isInteger(zero) || offset > 0 || offset < -steps) {
      throw entry.error(
        `has y_zero_point ${zero}`,
        `an integer from ${lowest} to ${lowest + steps}`,
      );
    }
    const symmetric = type.signed && zero === 0;
    const { bitwidth } = type;
    return {
      bitwidth,
      min: scale * offset,
      max: scale * (offset + steps),
      scale,
      offset,
      symmetric,
    };
  });
  const axis = entry.number("axis");
  if (axis === undefined) {
    if (encodings.length > 1) throw entry.error("has several scales without axis", "an axis");
    return { encodings };
  }
  if (!Number.isInteger(axis)) throw entry.error(`has axis ${axis}`, "an integer");
  return { axis, encodings };
}

/** The steps: a number, a list, or (version 2.1) either of them quantized. */
function parseScales(
  entry: JsonEntry,
  { file, name }: { readonly file: string; readonly name: string },
): readonly number[] | undefined {
  const value = entry.member("y_scale");
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return entry.numbers("y_scale");
  }
  const quantized = new JsonEntry(value, { file, place: `the y_scale of "${name}"` });
  if (quantized.member("block_size") !== undefined) {
    throw new UnsupportedError(
      `Cannot read encodings "${file}": the y_scale of "${name}" has block_size, supported are ` +
        "encodings of a whole tensor and of channels",
    );
  }
  const integers = quantized.numbers("x");
  const steps = quantized.numbers("x_scale");
  const zeros = quantized.numbers("x_zero_point") ?? [0];
  if (integers === undefined || steps === undefined) {
    throw quantized.error(`has no ${integers === undefined ? "x" : "x_scale"}`, "both");
  }
  for (const [key, { length }] of [["x_scale", steps], ["x_zero_point", zeros]] as const) {
    if (length === 1 || length === integers.length) continue;
    throw quantized.error(`has ${length} elements in ${key}`, `1 or ${integers.length} as in x`);
  }
  return integers.map((integer, i) =>
    (integer - (zeros[zeros.length === 1 ? 0 : i] ?? 0)) * (steps[steps.length === 1 ? 0 : i] ?? 0)
  );
}
