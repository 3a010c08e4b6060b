import { printable } from "./printable.ts";

/** A column of a table. */
export interface Column {
  /** Heading. */
  readonly name: string;
  /** Where its cells stand: text left, numbers right. */
  readonly align?: "left" | "right";
}

/**
 * Lays out rows as a text table with aligned columns, for a terminal and for Markdown alike.
 *
 * @param columns Headings and alignment.
 * @param rows Cells as text, one for each column.
 * @returns Lines without a line end at the last.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const body = rows.map((row) => row.map((cell) => printable(cell).replaceAll("\n", "\\n")));
  const widths = columns.map(({ name }, i) =>
    body.reduce((width, row) => Math.max(width, (row[i] ?? "").length), Math.max(name.length, 3))
  );
  const line = (cells: readonly string[]): string =>
    "| " + columns.map(({ align }, i) => {
      const cell = cells[i] ?? "";
      return align === "right" ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
    }).join(" | ") + " |";
  const rule = "| " + columns.map(({ align }, i) => {
    const width = widths[i] ?? 3;
    return align === "right" ? "-".repeat(width - 1) + ":" : "-".repeat(width);
  }).join(" | ") + " |";
  return [line(columns.map(({ name }) => name)), rule, ...body.map(line)].join("\n");
}
