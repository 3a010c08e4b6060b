import { UnsupportedError } from "../../../errors.ts";
import type { Model } from "../../../graph/mod.ts";
import type { DlcDocument } from "../document.ts";

/**
 * Turns a DLC document into a model whose operators mean what ONNX says.
 *
 * @param document The document; if it can be disposed of, the model does so in its turn.
 * @throws {UnsupportedError} If a layer type, an operator or an enum value has no known meaning.
 * @throws {FormatError} If layers, buffers, dimensions or tensors contradict one another.
 */
// deno-lint-ignore require-await
export async function dlcToModel(document: DlcDocument): Promise<Model> {
  throw new UnsupportedError(`Cannot lower DLC version ${document.version}: not built yet`);
}
