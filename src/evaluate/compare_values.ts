import { ActivationStore, type ExecuteOptions, sweep } from "../execute/mod.ts";
import type { Model } from "../graph/mod.ts";
import { SqnrAccumulator } from "../quantize/mod.ts";
import type { DenseTensor, SampleSource } from "../tensor/mod.ts";
import { joinNetworks } from "./join_networks.ts";

/** Options for {@linkcode compareValues}. */
export interface CompareValuesOptions extends ExecuteOptions {
  /**
   * Values to compare.
   *
   * @default {every float32 value that both networks have}
   */
  readonly values?: Iterable<string>;
}

const DEFAULT_MEMORY_LIMIT = 512 * 2 ** 20;

/**
 * Measures how far a quantized network has gone from the float one at each of its values: both run side
 * by side on the same samples, and only sums are kept, so memory does not grow with the samples.
 *
 * @param float The float network.
 * @param quantized The quantized network; values are paired by name.
 * @param samples The inputs.
 * @param options Which values, limits, engine, abort signal, progress.
 * @returns SQNR in dB by value, in topological order; `Infinity` where nothing differs.
 * @throws {RangeError} If a value is not in both networks.
 */
export async function compareValues(
  float: Model,
  quantized: Model,
  samples: SampleSource,
  options: CompareValuesOptions = {},
): Promise<Map<string, number>> {
  const { values, memoryLimit = DEFAULT_MEMORY_LIMIT, ...execute } = options;
  const compared = new Set(values ?? floatValues(float).intersection(floatValues(quantized)));
  for (const name of compared) {
    const [ours, theirs] = [float.values.get(name), quantized.values.get(name)];
    if (ours !== undefined && `${ours.shape}` === `${theirs?.shape}`) continue;
    throw new RangeError(
      `Cannot compare value "${name}" of "${float.name}": the networks do not both have it`,
    );
  }
  const { model, nameOf } = joinNetworks(float, quantized);
  const floatNames = new Map(Array.from(compared, (name) => [nameOf(name), name]));
  const sums = new Map(Array.from(compared, (name) => [name, new SqnrAccumulator()]));
  // What is made first waits for its counterpart.
  const { tempDirectory } = execute;
  const share = memoryLimit / 4;
  await using waiting = new ActivationStore({
    budget: share,
    ...(tempDirectory === undefined ? {} : { tempDirectory }),
  });
  const present = new Set<string>();
  const visit = async (name: string, tensor: DenseTensor, sample: number): Promise<void> => {
    const value = floatNames.get(name) ?? name;
    const key = { value, sample };
    const mark = `${sample}/${value}`;
    if (!present.delete(mark)) {
      present.add(mark);
      await waiting.put(key, { ...tensor, data: tensor.data.slice() }, [0]);
      return;
    }
    const other = await waiting.take(key);
    const isFloat = name === value;
    sums.get(value)?.add(isFloat ? tensor.data : other.data, isFloat ? other.data : tensor.data);
  };
  await sweep(model, samples, visit, {
    ...execute,
    memoryLimit: memoryLimit - share,
    observe: [...compared, ...floatNames.keys()],
  });
  const order = float.values.keys().filter((name) => compared.has(name));
  return new Map(order.map((name) => [name, sums.get(name)?.decibels ?? NaN]));
}

function floatValues({ values }: Model): Set<string> {
  return new Set(
    values.values().filter(({ dtype }) => dtype === "float32").map(({ name }) => name),
  );
}
