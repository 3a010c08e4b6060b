import {
  countElements,
  readChunks,
  type ReadChunksOptions,
  type TensorEncoding,
  type TensorReference,
} from "../tensor/mod.ts";
import { countClipped } from "./clipped_share.ts";
import type { QuantizedModel, QuantizedTensor } from "./quantized_tensor.ts";
import { SqnrAccumulator } from "./sqnr_accumulator.ts";

/** What became of a tensor. */
export interface TensorReport extends Omit<QuantizedTensor, "float"> {
  /** Name of the tensor. */
  readonly name: string;
  /** Elements of one sample, or of the parameter. */
  readonly elements: number;
  /** Signal to quantization noise ratio in dB, for parameters; `Infinity` without any error. */
  readonly sqnr?: number;
}

/**
 * Reports every tensor that has an encoding, parameters first. The SQNR of a parameter is measured
 * between the float tensor and what the quantized model reads, both streamed; so is the share of its
 * values that are clipped.
 *
 * @param model The quantized model.
 * @param options Chunk size, limits, abort signal.
 */
export async function* reportTensors(
  model: QuantizedModel,
  options: ReadChunksOptions = {},
): AsyncGenerator<TensorReport> {
  for (const [name, { float, ...tensor }] of model.quantized) {
    const actual = model.initializers.get(name);
    const shape = actual?.shape ?? model.values.get(name)?.shape ?? [];
    const report = { name, ...tensor, elements: countElements(shape) };
    yield float === undefined || actual === undefined ? report : {
      ...report,
      ...await measure(float, actual, { ...options, encoding: tensor.encoding }),
    };
  }
}

/** Reads two tensors side by side; their chunks may be cut at different places. */
async function measure(
  reference: TensorReference,
  actual: TensorReference,
  { encoding, ...options }: ReadChunksOptions & { readonly encoding: TensorEncoding },
): Promise<{ readonly clipped: number; readonly sqnr: number }> {
  const accumulator = new SqnrAccumulator();
  const { shape } = reference;
  let clipped = 0;
  const others = readChunks(actual, options);
  try {
    let other = await others.next();
    for await (const { offset, data } of readChunks(reference, options)) {
      if (data instanceof Float32Array) clipped += countClipped(data, encoding, { offset, shape });
      for (let done = 0; done < data.length;) {
        while (!other.done && other.value.offset + other.value.data.length <= offset + done) {
          other = await others.next();
        }
        if (other.done) {
          throw new RangeError(`Cannot compare tensor "${actual.name}": it is shorter`);
        }
        const start = offset + done - other.value.offset;
        const count = Math.min(data.length - done, other.value.data.length - start);
        accumulator.add(
          data.subarray(done, done + count),
          other.value.data.subarray(start, start + count),
        );
        done += count;
      }
    }
  } finally {
    await others.return(undefined);
  }
  return { clipped: clipped / countElements(shape), sqnr: accumulator.decibels };
}
