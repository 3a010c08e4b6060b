import type { Model } from "../graph/mod.ts";
import {
  byteLengthOf,
  countElements,
  type Encoding,
  type ReadChunksOptions,
  type TensorEncoding,
  type TensorReference,
} from "../tensor/mod.ts";
import { computeBiasEncoding32, type TensorRange } from "./compute_encoding.ts";
import { MinMaxObserver } from "./min_max_observer.ts";
import { observeChannels, observeTensor, type ObserveTensorOptions } from "./observe_tensor.ts";
import type { Observer } from "./observer.ts";
import type { ParameterPlan } from "./plan_parameters.ts";
import type { QuantizedTensor } from "./quantized_tensor.ts";
import type { QuantizeProgress } from "./quantize_progress.ts";
import type { RangeMethod, RangeMethodOptions } from "./range_method.ts";
import { RANGE_METHODS } from "./range_methods.ts";

/** Options for {@linkcode encodeParameters}. */
export interface EncodeParametersOptions
  extends ReadChunksOptions, Pick<RangeMethodOptions, "minimumRange" | "percentile"> {
  /** Encodings that are given, by initializer name. */
  readonly overrides?: ReadonlyMap<string, TensorEncoding>;
  /** Initializers to leave out. */
  readonly except?: { has(name: string): boolean };
  /** Called after each chunk. */
  readonly onProgress?: (progress: QuantizeProgress) => void;
}

/**
 * Streams the parameters of a network through observers and computes their encodings. Memory is that
 * of one chunk and one observer, whatever the size of the model.
 *
 * @param model The prepared network.
 * @param plans What becomes of each parameter.
 * @param options Given encodings, chunk size, limits, abort signal, progress.
 * @throws {FormatError} If a weight is NaN or infinite.
 * @throws {RangeError} If an option is out of range.
 */
export async function encodeParameters(
  model: Pick<Model, "initializers">,
  plans: ReadonlyMap<string, ParameterPlan>,
  options: EncodeParametersOptions = {},
): Promise<ReadonlyMap<string, QuantizedTensor>> {
  const { overrides, except, onProgress, minimumRange, percentile, ...read } = options;
  const numbers = {
    ...(minimumRange === undefined ? {} : { minimumRange }),
    ...(percentile === undefined ? {} : { percentile }),
  };
  const tensors = [...plans].flatMap(([name, plan]) => {
    const float = model.initializers.get(name);
    return float === undefined || except?.has(name) ? [] : [{ name, plan, float }];
  });
  const total = tensors.reduce(
    (sum, { name, float: { shape } }) =>
      overrides?.has(name) ? sum : sum + byteLengthOf("float32", countElements(shape)),
    0,
  );
  let done = 0;
  const encoded = new Map<string, QuantizedTensor>();
  for (const { name, plan, float } of tensors) {
    const { role, method } = plan;
    const override = overrides?.get(name);
    if (override !== undefined) {
      encoded.set(name, { role, origin: "override", encoding: override, float });
      continue;
    }
    const onBytes = (bytes: number) => {
      done += bytes;
      onProgress?.({ stage: "parameters", done, total, unit: "bytes", item: name });
    };
    const { encoding, range } = await encodeTensor(float, plan, { ...read, onBytes, numbers });
    encoded.set(name, { role, origin: "observed", method, encoding, range, float });
  }
  return encoded;
}

async function encodeTensor(
  float: TensorReference,
  { role, method: name, schema, bitwidth, axis }: ParameterPlan,
  { numbers, ...read }: Omit<ObserveTensorOptions, "createObserver"> & {
    readonly numbers: Pick<RangeMethodOptions, "minimumRange" | "percentile">;
  },
): Promise<{ readonly encoding: TensorEncoding; readonly range: TensorRange }> {
  const method: RangeMethod = RANGE_METHODS[name];
  const encode = (observer: Observer): Encoding =>
    role === "bias" && bitwidth === 32
      ? computeBiasEncoding32(observer.range() ?? { min: 0, max: 0 }, numbers)
      : method.encode(observer, { ...numbers, bitwidth, schema });
  const observe = { ...read, createObserver: method.createObserver };
  const whole = new MinMaxObserver();
  const encodings: Encoding[] = [];
  const take = (observer: Observer) => {
    const range = observer.range();
    if (range !== undefined) whole.observeRange(range);
    encodings.push(encode(observer));
  };
  if (axis === undefined) {
    take(await observeTensor(float, observe));
  } else {
    for await (const observer of observeChannels(float, { ...observe, axis })) take(observer);
  }
  const encoding = axis === undefined ? { encodings } : { axis, encodings };
  return { encoding, range: whole.range() ?? { min: 0, max: 0 } };
}
