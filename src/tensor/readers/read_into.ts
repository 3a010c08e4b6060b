import type { TensorData } from "../dense_tensor.ts";
import { bytesOfTensorData, heldBytesPerElement } from "../tensor_data.ts";
import type { ElementReader } from "./element_reader.ts";

/**
 * Fills an array with a run of elements that may be longer than one read.
 *
 * @param target What to fill.
 * @param reader Where the elements come from.
 * @param from Where the run begins, and the most elements of one read.
 */
export async function readInto(
  target: TensorData,
  reader: ElementReader,
  from: { readonly start: number; readonly chunkElements: number },
): Promise<void> {
  const bytes = bytesOfTensorData(target);
  const width = heldBytesPerElement(reader.dtype);
  const spanAt = (done: number) => ({
    start: from.start + done,
    count: Math.min(from.chunkElements, target.length - done),
  });
  for (let done = 0; done < target.length;) {
    const span = spanAt(done);
    const after = done + span.count;
    const data = await reader.read(span, after < target.length ? spanAt(after) : undefined);
    bytes.set(bytesOfTensorData(data), done * width);
    done = after;
  }
}
