import { UnsupportedError } from "../../errors.ts";
import type { Model } from "../../graph/mod.ts";

/** Options for {@linkcode writeOnnx}. */
export interface WriteOnnxOptions {
  /**
   * From how many bytes of tensors on they go to a file of their own, `<name>.data`.
   *
   * @default {1073741824} 1 GiB
   */
  readonly externalDataBytes?: number;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
  /** Called after each tensor with the bytes written and the bytes there are. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

export function writeOnnx(
  model: Model,
  path: string,
  _options: WriteOnnxOptions = {},
): Promise<void> {
  throw new UnsupportedError(`Cannot write "${model.name}" to "${path}": not there yet`);
}
