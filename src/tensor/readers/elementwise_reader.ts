import {
  type CodeArray,
  dequantize,
  dequantizePerChannel,
  quantize,
  quantizePerChannel,
  scaleChannels,
} from "../../kernels/mod.ts";
import { castElements } from "../cast_elements.ts";
import { countElements, type DataType } from "../data_type.ts";
import type { TensorData } from "../dense_tensor.ts";
import { countLevels, type TensorEncoding } from "../encoding.ts";
import type { ElementwiseView } from "../move_view.ts";
import { bytesOfTensorData } from "../tensor_data.ts";
import { type TensorForm, viewResult } from "../view_result.ts";
import { allocateElements, type ElementBuffer } from "./element_buffer.ts";
import type { ElementReader, ReaderLimits, Span } from "./element_reader.ts";

/** Works on a run of elements that begins at index `start` of the tensor. */
type Step = (input: TensorData, output: TensorData, start: number) => void;

/** Applies an element-wise view to the runs of another reader. */
export class ElementwiseReader implements ElementReader {
  readonly dtype: DataType;
  readonly writable = true;
  #below: ElementReader;
  #limits: ReaderLimits;
  #step: Step;
  #inPlace: boolean;
  #buffer: ElementBuffer | undefined;

  constructor(
    below: ElementReader,
    { view, form }: { readonly view: ElementwiseView; readonly form: TensorForm },
    limits: ReaderLimits,
  ) {
    this.dtype = viewResult(form, view).dtype;
    this.#below = below;
    this.#limits = limits;
    this.#step = makeStep(view, form, this.dtype);
    this.#inPlace = view.kind === "scale";
  }

  async read(span: Span, next?: Span): Promise<TensorData> {
    const input = await this.#below.read(span, next);
    if (this.#inPlace && this.#below.writable) {
      this.#step(input, input, span.start);
      return input;
    }
    this.#buffer ??= allocateElements(this.dtype, this.#limits.chunkElements);
    const output = this.#buffer.elements(span.count);
    if (this.#inPlace) {
      bytesOfTensorData(output).set(bytesOfTensorData(input));
      this.#step(output, output, span.start);
    } else {
      this.#step(input, output, span.start);
    }
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#buffer?.[Symbol.dispose]();
    await this.#below[Symbol.asyncDispose]();
  }
}

function makeStep(view: ElementwiseView, form: TensorForm, dtype: DataType): Step {
  switch (view.kind) {
    case "cast":
      return (input, output) =>
        castElements({ dtype: form.dtype, data: input }, { dtype, data: output });
    case "scale": {
      const layoutAt = layoutOf(form.shape, view.axis);
      return (data, _, start) => scaleChannels(asFloats(data), layoutAt(start), view.factors);
    }
    case "quantize": {
      const { grid, layoutAt, scales, offsets } = gridOf(view.encoding, form.shape, dtype);
      return layoutAt === undefined
        ? (input, output) => quantize(asFloats(input), asCodes(output), grid)
        : (input, output, start) =>
          quantizePerChannel(asFloats(input), asCodes(output), {
            ...grid,
            layout: layoutAt(start),
            scales,
            offsets,
          });
    }
    case "dequantize": {
      const { grid, layoutAt, scales, offsets } = gridOf(view.encoding, form.shape, form.dtype);
      return layoutAt === undefined
        ? (input, output) => dequantize(asCodes(input), asFloats(output), grid)
        : (input, output, start) =>
          dequantizePerChannel(asCodes(input), asFloats(output), {
            ...grid,
            layout: layoutAt(start),
            scales,
            offsets,
          });
    }
  }
}

/** What the kernels want to know of an encoding whose codes are stored as `dtype`. */
function gridOf({ axis, encodings }: TensorEncoding, shape: readonly number[], dtype: DataType) {
  const [first] = encodings;
  const { scale = 1, offset = 0, bitwidth = 8 } = first ?? {};
  const levels = first === undefined ? 2 ** bitwidth : countLevels(first);
  const shift = dtype.startsWith("u") ? 0 : 2 ** (bitwidth - 1);
  return {
    grid: { scale, offset, levels, shift },
    layoutAt: axis === undefined ? undefined : layoutOf(shape, axis),
    scales: Float64Array.from(encodings, (encoding) => encoding.scale),
    offsets: Float64Array.from(encodings, (encoding) => encoding.offset),
  };
}

function layoutOf(shape: readonly number[], axis: number) {
  const inner = countElements(shape.slice(axis + 1));
  const channels = shape[axis] ?? 1;
  return (offset: number) => ({ offset, inner, channels });
}

function asFloats(data: TensorData): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new TypeError(`Cannot work on ${data.constructor.name}: expected Float32Array`);
}

function asCodes(data: TensorData): CodeArray {
  if (
    data instanceof Float32Array || data instanceof Float64Array ||
    data instanceof BigInt64Array || data instanceof BigUint64Array
  ) {
    throw new TypeError(
      `Cannot work on ${data.constructor.name}: expected integers of 8 to 32 bits`,
    );
  }
  return data;
}
