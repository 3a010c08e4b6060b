import type { ModelEncodings, TypeOverride } from "../../graph/mod.ts";
import type { Encoding, TensorEncoding } from "../../tensor/mod.ts";

/** Versions of AIMET's encodings JSON that can be written. */
export type EncodingsVersion = "0.6.1" | "1.0.0" | "2.0.0";

/** Options for {@linkcode formatAimetEncodings}. */
export interface FormatEncodingsOptions {
  /**
   * The version of the JSON.
   *
   * @default {"0.6.1"}
   */
  readonly version?: EncodingsVersion;
  /**
   * AIMET's name of the range method.
   *
   * @default {"post_training_tf"}
   */
  readonly quantScheme?: string;
}

/**
 * Formats encodings as AIMET's JSON: one line a tensor. Offsets are negative or zero in
 * versions up to 1.0.0; version 2.0.0 has zero points.
 *
 * @param encodings Encodings in force, or overrides.
 * @param options Version and name of the range method.
 */
export function formatAimetEncodings(
  encodings: ModelEncodings,
  options: FormatEncodingsOptions = {},
): string {
  const { version = "0.6.1", quantScheme = "post_training_tf" } = options;
  const { activations, parameters, types } = encodings;
  if (version === "2.0.0") {
    const lines = [
      ...formatEntries(activations, types?.activations),
      ...formatEntries(parameters, types?.parameters),
    ];
    return `{\n  "version": "2.0.0",\n  "encodings": ${enclose("[]", lines)}\n}\n`;
  }
  const formatSection = version === "1.0.0" ? formatList : formatMap;
  const members = [
    `"activation_encodings": ${formatSection(activations, types?.activations)}`,
    ...(version === "1.0.0" ? ['"excluded_layers": []'] : []),
    `"param_encodings": ${formatSection(parameters, types?.parameters)}`,
    `"quantizer_args": ${JSON.stringify(quantizerArgs(encodings, quantScheme))}`,
    `"version": ${JSON.stringify(version)}`,
  ];
  return `{\n  ${members.join(",\n  ")}\n}\n`;
}

/** Versions 0.x: an object of tensor names, each with a list of one encoding a channel. */
function formatMap(
  encodings: ReadonlyMap<string, TensorEncoding>,
  types: ReadonlyMap<string, TypeOverride> = new Map(),
): string {
  const lines: string[] = [];
  const add = (name: string, list: readonly object[]) => {
    lines.push(`${JSON.stringify(name)}: ${JSON.stringify(list)}`);
  };
  for (const [name, { encodings: grids }] of encodings) {
    add(
      name,
      grids.map(({ bitwidth, symmetric, max, min, offset, scale }) => ({
        bitwidth,
        dtype: "int",
        is_symmetric: symmetric ? "True" : "False",
        max,
        min,
        offset,
        scale,
      })),
    );
  }
  for (const [name, { kind, bitwidth }] of types) add(name, [{ bitwidth, dtype: kind }]);
  return enclose("{}", lines);
}

/** Version 1.0.0: a list of tensors, whose numbers are lists of one a channel; no ends. */
function formatList(
  encodings: ReadonlyMap<string, TensorEncoding>,
  types: ReadonlyMap<string, TypeOverride> = new Map(),
): string {
  const lines: string[] = [];
  for (const [name, { axis, encodings: grids }] of encodings) {
    lines.push(JSON.stringify({
      bw: grids[0]?.bitwidth ?? 8,
      dtype: "INT",
      enc_type: axis === undefined && grids.length === 1 ? "PER_TENSOR" : "PER_CHANNEL",
      is_sym: grids.every(({ symmetric }) => symmetric),
      name,
      offset: grids.map(({ offset }) => offset),
      scale: grids.map(({ scale }) => scale),
    }));
  }
  for (const [name, { kind, bitwidth }] of types) {
    lines.push(JSON.stringify({ bw: bitwidth, dtype: kind.toUpperCase(), name }));
  }
  return enclose("[]", lines);
}

/**
 * Version 2.0.0: entries after ONNX QuantizeLinear. Grids with zero in the middle become signed
 * types without zero point, others unsigned ones.
 */
function formatEntries(
  encodings: ReadonlyMap<string, TensorEncoding>,
  types: ReadonlyMap<string, TypeOverride> = new Map(),
): string[] {
  const lines: string[] = [];
  for (const [name, { axis, encodings: grids }] of encodings) {
    const bitwidth = grids[0]?.bitwidth ?? 8;
    const half = 2 ** (bitwidth - 1);
    const signed = grids.every(({ offset, symmetric }) => symmetric && offset === -half);
    const list = <T>(values: readonly T[]) =>
      axis === undefined && values.length === 1 ? values[0] : values;
    lines.push(JSON.stringify({
      name,
      output_dtype: `${signed ? "" : "u"}int${bitwidth}`,
      y_scale: list(grids.map(({ scale }) => scale)),
      ...(signed ? {} : { y_zero_point: list(grids.map(({ offset }) => -offset)) }),
      ...(axis === undefined ? {} : { axis }),
    }));
  }
  for (const [name, { kind, bitwidth }] of types) {
    const prefix = kind === "float" ? "float" : "uint";
    lines.push(JSON.stringify({ name, output_dtype: `${prefix}${bitwidth}` }));
  }
  return lines;
}

function enclose(brackets: "{}" | "[]", lines: readonly string[]): string {
  if (lines.length === 0) return brackets;
  return `${brackets[0]}\n    ${lines.join(",\n    ")}\n  ${brackets[1]}`;
}

function quantizerArgs({ activations, parameters }: ModelEncodings, scheme: string): object {
  const grids = [...parameters.values()].flatMap(({ encodings }) => encodings);
  return {
    activation_bitwidth: usualBitwidth([...activations.values()].flatMap((e) => e.encodings)),
    dtype: "int",
    is_symmetric: grids.length > 0 && grids.every(({ symmetric }) => symmetric),
    param_bitwidth: usualBitwidth(grids),
    per_channel_quantization: parameters.values().some(({ axis }) => axis !== undefined),
    quant_scheme: scheme,
  };
}

/** The bit width that most encodings have; 8 if there are none. */
function usualBitwidth(grids: readonly Encoding[]): number {
  const counts = new Map<number, number>();
  for (const { bitwidth } of grids) counts.set(bitwidth, (counts.get(bitwidth) ?? 0) + 1);
  let usual = 8;
  for (const [bitwidth, count] of counts) {
    if (count > (counts.get(usual) ?? 0)) usual = bitwidth;
  }
  return usual;
}
