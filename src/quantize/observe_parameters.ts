import type { Model } from "../graph/mod.ts";
import { byteLengthOf, countElements, readChunks, type ReadChunksOptions } from "../tensor/mod.ts";
import type { Observer } from "./observer.ts";
import { type ParameterRole, parameterRoles } from "./parameter_roles.ts";
import type { QuantizeProgress } from "./quantize_progress.ts";
import { rangeMethod, type RangeMethodName } from "./range_methods.ts";

/** Options for {@linkcode observeParameters}. */
export interface ObserveParametersOptions extends ReadChunksOptions {
  /**
   * How ranges of weights and constants are chosen; biases are always observed by `tf`.
   *
   * @default {"tf"}
   */
  readonly method?: RangeMethodName;
  /** Initializers to leave out, because their encodings are given. */
  readonly except?: ReadonlySet<string>;
  /** Called after each chunk. */
  readonly onProgress?: (progress: QuantizeProgress) => void;
}

/** What was observed of an initializer. */
export interface ObservedParameter {
  /** What it is to its layers. */
  readonly role: ParameterRole;
  /** Has seen every element. */
  readonly observer: Observer;
}

/**
 * Streams every initializer that needs an encoding once through an observer. Memory is that of one
 * chunk, whatever the size of the model.
 *
 * @param model The network; batch norms already folded.
 * @param options The range method, limits, abort signal, progress.
 * @returns What was observed, by initializer name.
 * @throws {FormatError} If a weight is NaN or infinite.
 */
export async function observeParameters(
  model: Model,
  options: ObserveParametersOptions = {},
): Promise<ReadonlyMap<string, ObservedParameter>> {
  const { method = "tf", except, onProgress, ...read } = options;
  const methods = {
    weight: rangeMethod(method, { use: "weights" }),
    constant: rangeMethod(method, { use: "weights" }),
    bias: rangeMethod("tf", { use: "weights" }),
  };
  const tensors = [...parameterRoles(model)].flatMap(([name, role]) => {
    const reference = model.initializers.get(name);
    return reference === undefined || except?.has(name) ? [] : [{ name, role, reference }];
  });
  const total = tensors.reduce(
    (sum, { reference: { shape } }) => sum + byteLengthOf("float32", countElements(shape)),
    0,
  );
  let done = 0;
  const observed = new Map<string, ObservedParameter>();
  for (const { name, role, reference } of tensors) {
    const observer = methods[role].createObserver();
    for await (const { offset, data } of readChunks(reference, read)) {
      if (!(data instanceof Float32Array)) {
        throw new TypeError(`Cannot observe tensor "${name}": its chunks are not float32`);
      }
      observer.observe(data, { tensor: name, offset });
      done += data.byteLength;
      onProgress?.({ stage: "parameters", done, total, unit: "bytes", item: name });
    }
    observed.set(name, { role, observer });
  }
  return observed;
}
