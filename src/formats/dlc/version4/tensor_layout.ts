import type { ReadChunksOptions, TensorReference } from "../../../tensor/mod.ts";
import { MEMBER } from "../member_names.ts";
import { streamTensor, tensorByteLength } from "../tensor_bytes.ts";
import { TENSOR_ALIGNMENT_BYTES } from "../unconfirmed_container.ts";
import type { NewMember } from "../zip/mod.ts";

/**
 * Gives tensors their places in `model.params.bin`, one after the other. Sizes follow from shapes, so
 * all places are known before an element is read.
 */
export class TensorLayout {
  readonly #options: ReadChunksOptions;
  readonly #placed: { readonly tensor: TensorReference; readonly offset: number }[] = [];
  #end = 0;

  /** Nothing is placed yet; `options` say how tensors are read when they are written. */
  constructor(options: ReadChunksOptions) {
    this.#options = options;
  }

  /** Reserves the next aligned place. */
  place(tensor: TensorReference): { readonly offset: number; readonly byteLength: number } {
    const offset = Math.ceil(this.#end / TENSOR_ALIGNMENT_BYTES) * TENSOR_ALIGNMENT_BYTES;
    const byteLength = tensorByteLength(tensor);
    this.#end = offset + byteLength;
    this.#placed.push({ tensor, offset });
    return { offset, byteLength };
  }

  /** The member with all tensors that have been placed. */
  compose(): NewMember {
    return {
      name: MEMBER.tensors,
      byteLength: this.#end,
      chunks: () => this.#chunks(),
    };
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    let end = 0;
    for (const { tensor, offset } of this.#placed) {
      if (offset > end) yield new Uint8Array(offset - end);
      yield* streamTensor(tensor, this.#options);
      end = offset + tensorByteLength(tensor);
    }
  }
}
