import type { Attribute } from "../../graph/mod.ts";
import type { DenseTensor } from "../../tensor/mod.ts";

/**
 * The elements of a tensor attribute, which must be in memory without views. They come as bytes,
 * whatever the element type.
 *
 * @throws {RangeError} If they are not.
 */
export function denseAttribute(attribute: Attribute & { readonly type: "tensor" }): DenseTensor {
  const { name, dtype, shape, storage, views } = attribute.value;
  if (storage.kind !== "bytes" || views.length > 0) {
    throw new RangeError(
      `Cannot encode tensor attribute "${name}": its elements are not in memory (${storage.kind})`,
    );
  }
  return { dtype, shape, data: storage.bytes };
}
