import type { TensorReference } from "../../../tensor/mod.ts";
import { joinParts } from "./encode_message.ts";
import { tensorParts } from "./encode_tensor.ts";

/**
 * The `TensorProto` of a tensor whose stored bytes are in memory, as those of attributes are.
 *
 * @throws {RangeError} If they are not.
 */
export function encodeHeldTensor(reference: TensorReference): Uint8Array {
  const { name, storage, views } = reference;
  if (storage.kind !== "bytes" || views.length > 0) {
    throw new RangeError(
      `Cannot encode tensor attribute "${name}": its elements are not in memory (${storage.kind})`,
    );
  }
  return joinParts(tensorParts(reference, storage.bytes));
}
