import { FormatError } from "../../errors.ts";
import { suggestName } from "../../nearest_name.ts";
import { CsvParseStream } from "../../std/csv.ts";
import { basename } from "../../std/path.ts";

/** Options for {@linkcode readLabels}. */
export interface ReadLabelsOptions {
  /**
   * The CSV column that holds the class index.
   *
   * @default {"label", else "index", else the second column}
   */
  readonly column?: string;
}

/**
 * Reads the class index of each photo: a CSV file with a header line and a column `file` (or the
 * first column), or lines `path index` without a header as ImageNet's `val.txt` has them.
 *
 * @param path The labels file.
 * @param options Which column holds the index.
 * @returns Class index by photo, under the path as written and under its last part.
 * @throws {FormatError} If a line has no index, or there is no line.
 */
export async function readLabels(
  path: string,
  options: ReadLabelsOptions = {},
): Promise<ReadonlyMap<string, number>> {
  const labels = new Map<string, number>();
  for await (const { file, index, line } of readRows(path, options.column)) {
    if (!/^\d+$/.test(index)) {
      throw new FormatError(
        `Cannot read labels "${path}": line ${line} has class "${index}", ` +
          "expected an integer from 0",
        { file: path, found: index },
      );
    }
    labels.set(file, Number(index));
    labels.set(basename(file), Number(index));
  }
  if (labels.size === 0) {
    throw new FormatError(`Cannot read labels "${path}": there is no line with a label`, {
      file: path,
    });
  }
  return labels;
}

interface Row {
  readonly file: string;
  readonly index: string;
  readonly line: number;
}

async function* readRows(path: string, column: string | undefined): AsyncIterable<Row> {
  const file = await Deno.open(path);
  const text = file.readable.pipeThrough(new TextDecoderStream());
  let line = 0;
  let fileColumn = 0;
  let indexColumn = 1;
  for await (const fields of text.pipeThrough(new CsvParseStream())) {
    line++;
    const [first = ""] = fields;
    if (fields.length === 1) {
      if (first.trim() === "") continue;
      const [, name = "", index = ""] = /^(.*\S)\s+(\S+)\s*$/.exec(first) ?? [];
      yield { file: name, index, line };
      continue;
    }
    if (line === 1 && !/^\d+$/.test(fields[1] ?? "")) {
      fileColumn = Math.max(0, fields.indexOf("file"));
      indexColumn = findColumn(path, fields, column);
      continue;
    }
    yield { file: fields[fileColumn] ?? "", index: fields[indexColumn] ?? "", line };
  }
}

function findColumn(path: string, header: readonly string[], column: string | undefined): number {
  if (column !== undefined) {
    const index = header.indexOf(column);
    if (index < 0) {
      throw new FormatError(
        `Cannot read labels "${path}": there is no column "${column}"` +
          `${suggestName(column, header)}; there are ${header.join(", ")}`,
        { file: path, expected: column },
      );
    }
    return index;
  }
  for (const name of ["label", "index"]) {
    if (header.includes(name)) return header.indexOf(name);
  }
  return 1;
}
