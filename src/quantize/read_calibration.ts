import { FormatError } from "../errors.ts";
import { type ByteSource, readJson } from "../io/mod.ts";
import { Calibration } from "./calibration.ts";

/**
 * Reads the file that `calibrate` writes: the JSON of {@linkcode Calibration.toJSON}.
 *
 * @param source The file.
 * @param options The abort signal.
 * @throws {FormatError} If it is no such file.
 */
export async function readCalibration(
  source: ByteSource,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Calibration> {
  const state = await readJson(source, { what: "calibration", ...options });
  try {
    return Calibration.fromJSON(state);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new FormatError(`Cannot read calibration "${source.name}": ${cause.message}`, {
      file: source.name,
      cause,
    });
  }
}
