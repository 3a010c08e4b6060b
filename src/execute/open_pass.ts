import type { Model } from "../graph/mod.ts";
import type { SampleSource } from "../tensor/mod.ts";
import { activationQuantizers } from "./activation_quantizers.ts";
import { resolveEngine } from "./open_engine.ts";
import { Pass } from "./pass.ts";
import type { PassOptions } from "./pass_options.ts";
import { planUnits } from "./plan.ts";
import { present } from "./present.ts";

const DEFAULT_MEMORY_LIMIT = 512 * 2 ** 20;

/**
 * Plans a pass of samples through a network.
 *
 * @throws {MemoryLimitError} If one node alone is over the memory limit.
 * @throws {UnsupportedError} If the engine does not load.
 */
export async function openPass(
  model: Model,
  samples: SampleSource,
  options: PassOptions,
): Promise<Pass> {
  const { memoryLimit = DEFAULT_MEMORY_LIMIT } = options;
  if (!(memoryLimit > 0)) {
    throw new RangeError(`Cannot run "${model.name}": the memory limit is ${memoryLimit} bytes`);
  }
  const { exposed = new Set(), reduced = new Set(), kept = new Set(), cuts } = options;
  const { averaged = new Map() } = options;
  const quantizers = activationQuantizers(model);
  // The engine would see these before they are fake-quantized.
  const late = reduced.intersection(quantizers);
  const means = new Map<string, number>();
  for (const [value, axis] of averaged) {
    const rank = present(model.values, value).shape.length;
    if (quantizers.has(value) || axis === rank - 1) late.add(value);
    else means.set(value, axis);
  }
  const plan = planUnits(model, {
    memoryLimit,
    // Network inputs are read from the samples, never made in a unit.
    boundaries: new Set(quantizers.keys()).difference(
      new Set(model.inputs.map(({ name }) => name)),
    ),
    exposed: exposed.union(late),
    reduced: reduced.union(averaged),
    kept,
    ...(cuts === undefined ? {} : { cuts, unitByUnit: true }),
  });
  const engine = await resolveEngine(options.engine);
  return new Pass({
    ...{ model, samples, plan, engine, quantizers, options, exposed, reduced, averaged, kept },
    ranges: reduced.difference(late),
    means,
  });
}
