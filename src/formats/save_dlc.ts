import type { Model } from "../graph/mod.ts";
import {
  type DlcDocument,
  modelToDlc,
  type ModelToDlcOptions,
  writeDlc,
  type WriteDlcOptions,
} from "./dlc/mod.ts";
import { writeKeptRecords } from "./kept_records.ts";

/** Options for {@linkcode saveDlc}. */
export interface SaveDlcOptions extends ModelToDlcOptions, WriteDlcOptions {}

/**
 * Writes a model as a DLC file: tables first, weights streamed behind them. The file appears under
 * its name when it is complete.
 *
 * @param model A float model, or one with encodings.
 * @param path Where to write.
 * @param options Container version, memory limit, abort signal, progress.
 * @returns What was written, for instance to tell its version.
 * @throws {UnsupportedError} If the container cannot hold the model.
 */
export async function saveDlc(
  model: Model,
  path: string,
  options: SaveDlcOptions = {},
): Promise<DlcDocument> {
  const document = await modelToDlc(model, options);
  const records = [...document.records, ...await writeKeptRecords(model, document)];
  const complete = { ...document, records };
  await writeDlc(complete, path, options);
  return complete;
}
