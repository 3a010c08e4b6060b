import type { CaffeBlob } from "../read/caffe_blob.ts";
import type { CaffeMessage } from "../read/caffe_message.ts";

/** A layer under today's names, whatever version the file is of. */
export interface CaffeLayer {
  /** The name; layers of one net should have different ones. */
  readonly name: string;
  /** The type, such as `Convolution`. */
  readonly type: string;
  /** Names of the blobs it reads. */
  readonly bottoms: readonly string[];
  /** Names of the blobs it writes. */
  readonly tops: readonly string[];
  /** Its tensors, if the file has them. */
  readonly blobs: readonly CaffeBlob[];
  /** Names under which tensors are shared between layers, in their order; empty if not shared. */
  readonly sharedNames: readonly string[];
  /** Rules that let it into the network. */
  readonly include: readonly CaffeMessage[];
  /** Rules that keep it out of the network. */
  readonly exclude: readonly CaffeMessage[];
  /** The message with its settings: a `LayerParameter` or `V1LayerParameter`. */
  readonly message: CaffeMessage;
}
