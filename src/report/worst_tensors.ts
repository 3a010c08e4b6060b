import { formatTable } from "./format_table.ts";
import type { TensorReport } from "../quantize/mod.ts";

const COLUMNS = [
  { name: "Tensor" },
  { name: "Role" },
  { name: "Bits", align: "right" },
  { name: "Observed" },
  { name: "Encoded" },
  { name: "Clipped", align: "right" },
  { name: "SQNR", align: "right" },
] as const;

/**
 * A table of the parameters that quantizing changed most, the worst first.
 *
 * @param reports What became of every tensor.
 * @param count How many to show.
 */
export function formatWorstTensors(reports: readonly TensorReport[], count = 10): string {
  const worst = reports
    .filter(({ sqnr }) => sqnr !== undefined)
    .toSorted((a, b) => (a.sqnr ?? 0) - (b.sqnr ?? 0))
    .slice(0, count);
  return formatTable(
    COLUMNS,
    worst.map(({ name, role, encoding: { encodings }, range, clipped = 0, sqnr = Infinity }) => [
      name,
      role,
      String(encodings[0]?.bitwidth ?? ""),
      range === undefined ? "" : formatRange(range.min, range.max),
      formatRange(
        encodings.reduce((least, { min }) => Math.min(least, min), Infinity),
        encodings.reduce((most, { max }) => Math.max(most, max), -Infinity),
      ),
      `${(100 * clipped).toFixed(2)} %`,
      `${sqnr.toFixed(2)} dB`,
    ]),
  );
}

function formatRange(min: number, max: number): string {
  return `${min.toPrecision(4)} to ${max.toPrecision(4)}`;
}
