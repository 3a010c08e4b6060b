import type { Model } from "../../graph/mod.ts";
import { writeTextAtomically } from "../../io/mod.ts";
import { formatAimetEncodings, type FormatEncodingsOptions } from "./format_aimet_encodings.ts";

/**
 * Writes the encodings of a quantized model as AIMET's JSON, which Qualcomm's converters take as
 * `--quantization_overrides`. The file appears only when it is complete.
 *
 * @param model The quantized model.
 * @param path Where the file shall be.
 * @param options Version and name of the range method.
 * @throws {RangeError} If the model has no encodings.
 */
export async function writeAimetEncodings(
  model: Pick<Model, "name" | "encodings">,
  path: string,
  options: FormatEncodingsOptions = {},
): Promise<void> {
  const { activations, parameters } = model.encodings;
  if (activations.size + parameters.size === 0) {
    throw new RangeError(
      `Cannot write encodings of "${model.name}": it has none, quantize it first`,
    );
  }
  await writeTextAtomically(path, formatAimetEncodings(model.encodings, options));
}
