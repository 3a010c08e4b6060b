import type { TensorEncoding } from "../tensor/mod.ts";

/** Whether two per-tensor encodings give every integer the same meaning. */
export function sameGrid(a: TensorEncoding, b: TensorEncoding | undefined): boolean {
  const [first] = a.encodings;
  const [second] = b?.encodings ?? [];
  return first !== undefined && second !== undefined && first.bitwidth === second.bitwidth &&
    first.scale === second.scale && first.offset === second.offset;
}
