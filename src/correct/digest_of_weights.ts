import { createHash } from "node:crypto";
import type { Model } from "../graph/mod.ts";
import type { QuantizedModel } from "../quantize/mod.ts";
import { bytesOfTensorData, readChunks, type ReadChunksOptions } from "../tensor/mod.ts";

/** A digest of all constants, which are streamed, and of the encodings they get. */
export async function digestOfWeights(
  { initializers }: Model,
  { encodings: { parameters } }: QuantizedModel,
  options: ReadChunksOptions,
): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([...parameters]));
  for (const [name, reference] of initializers) {
    hash.update(JSON.stringify([name, reference.dtype, reference.shape]));
    for await (const { data } of readChunks(reference, options)) {
      hash.update(bytesOfTensorData(data));
    }
  }
  return hash.digest("hex");
}
