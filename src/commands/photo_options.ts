import { FormatError } from "../errors.ts";
import { labelKeys, readLabels } from "../formats/mod.ts";
import type { Model, ValueInfo } from "../graph/mod.ts";
import type { Option, OptionValues } from "./option.ts";

/** Options that say which photos are read, and what is on them. */
export const PHOTO_OPTIONS: readonly Option[] = [
  {
    name: "images",
    kind: "text",
    value: "DIR",
    description: "Folder of JPEG and PNG photos, searched below too, sorted by path.",
    group: "Input",
  },
  {
    name: "labels",
    kind: "text",
    value: "FILE",
    description: "CSV with a header (column file), or lines `PHOTO CLASS`.",
    group: "Input",
  },
  {
    name: "label-column",
    kind: "text",
    value: "NAME",
    default: "label, else index, else the second",
    description: "Column of the CSV that holds the class.",
    group: "Input",
  },
];

/**
 * The input of a network that photos become.
 *
 * @throws {RangeError} If it has none, or several.
 */
export function imageInput(model: Model): ValueInfo {
  const [input, second] = model.inputs;
  if (input === undefined || second !== undefined) {
    throw new RangeError(
      `Cannot feed photos to "${model.name}": it has ${model.inputs.length} inputs, expected 1`,
    );
  }
  return input;
}

/**
 * The classes of photos, as {@linkcode PHOTO_OPTIONS} say; `undefined` without labels.
 *
 * @throws {FormatError} If the labels name none of the photos.
 */
export async function photoLabels(
  values: OptionValues,
  folder: string,
  photos: readonly string[],
): Promise<(number | undefined)[] | undefined> {
  const path = values.text("labels");
  if (path === undefined) return undefined;
  const column = values.text("label-column");
  const labels = await readLabels(path, column === undefined ? {} : { column });
  const found = photos.map((photo) =>
    labelKeys(folder, photo).map((key) => labels.get(key)).find((label) => label !== undefined)
  );
  if (found.every((label) => label === undefined)) {
    throw new FormatError(
      `Cannot use labels "${path}": it names none of the ${photos.length} photos in "${folder}"`,
      { file: path },
    );
  }
  return found;
}
