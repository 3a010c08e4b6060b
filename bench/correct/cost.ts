/**
 * What bias correction costs beside a calibration of the same samples: on MobileNetV2, and with depth, on
 * generated networks of 53, 106 and 212 equal layers, where the definition (running the network again for
 * each layer, `tests/correct/_oracle.ts`) is timed as well. Prints one JSON object a line; times are the
 * least of some rounds, in milliseconds of processor time and of the clock.
 *
 * Usage: `deno run -A bench/correct/cost.ts [rounds]`
 *
 * @module
 */
import process from "node:process";
import { quantizeCorrected } from "../../src/correct/mod.ts";
import { equalizeModel, type EqualizeOptions } from "../../src/equalize/mod.ts";
import { type Engine, openEngine } from "../../src/execute/mod.ts";
import { openOnnx } from "../../src/formats/onnx/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import { openSource } from "../../src/io/mod.ts";
import { calibrate, quantizeModel } from "../../src/quantize/mod.ts";
import type { DenseTensor, SampleSource } from "../../src/tensor/mod.ts";
import { noiseSamples } from "../../tests/correct/_networks.ts";
import { correctSlowly } from "../../tests/correct/_oracle.ts";
import { ints, node, noise, smallModel, value } from "../../tests/execute/_small_model.ts";
import { inMemory } from "./_in_memory.ts";

interface Time {
  readonly processor: number;
  readonly clock: number;
}

async function time(work: () => Promise<unknown>): Promise<Time> {
  const usage = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(usage);
  return { processor: (user + system) / 1000, clock: performance.now() - start };
}

/** Times several kinds of work in turn, so that a busy machine is unfair to none. */
async function timeAll(
  works: Readonly<Record<string, () => Promise<unknown>>>,
  rounds: number,
): Promise<ReadonlyMap<string, Time>> {
  const best = new Map<string, Time>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(works)) {
      const found = await time(work);
      const before = best.get(name) ?? found;
      best.set(name, {
        processor: Math.round(Math.min(before.processor, found.processor)),
        clock: Math.round(Math.min(before.clock, found.clock)),
      });
    }
  }
  return best;
}

/** Convolutions 3x3 of 32 channels at 14x14, each with a ReLU. */
function deepNetwork(layers: number): Model {
  const initializers: Record<string, DenseTensor> = {};
  const nodes = [];
  const values = [];
  for (let layer = 0; layer < layers; layer++) {
    const input = layer === 0 ? "x" : `r${layer - 1}`;
    const { data, ...shape } = noise([32, 32, 3, 3], layer);
    initializers[`w${layer}`] = {
      ...shape,
      data: Float32Array.from({ length: data.length }, (_, i) => Number(data[i]) / 8),
    };
    initializers[`b${layer}`] = noise([32], 1000 + layer);
    const name = `w${layer},b${layer}`;
    nodes.push(node(`Conv ${input},${name} -> c${layer}`, { pads: ints([1, 1, 1, 1]) }));
    nodes.push(node(`Relu c${layer} -> r${layer}`));
    values.push(value(`c${layer}`, [1, 32, 14, 14]), value(`r${layer}`, [1, 32, 14, 14]));
  }
  return smallModel({ inputs: [value("x", [1, 32, 14, 14])], nodes, values, initializers });
}

async function measure(
  what: string,
  model: Model,
  options: {
    readonly engine: Engine;
    readonly samples: number;
    readonly rounds: number;
    readonly oracle: boolean;
    /** Measures equalization, too, alone and with what follows. */
    readonly equalizations: boolean;
  },
): Promise<void> {
  const { engine, rounds } = options;
  const samples = await inMemory(noiseSamples(model, options.samples));
  const times = await timeAll({
    calibrate: () => calibrate(model, samples, { engine }),
    empirical: () => quantizeCorrected(model, samples, { engine }),
    fast: () => quantizeCorrected(model, samples, { engine, correctionMode: "fast" }),
    ...(options.equalizations ? equalizations(model, samples, engine) : {}),
  }, rounds);
  if (options.oracle) {
    const few = { ...samples, length: 4 };
    const quantized = await quantizeModel(model, few, { engine });
    const slow = await timeAll({ oracle: () => correctSlowly(model, quantized, few) }, 1);
    const quick = await timeAll({
      empirical: () => quantizeCorrected(model, few, { engine }),
    }, rounds);
    await print({
      what,
      samples: few.length,
      ...Object.fromEntries([...slow, ...quick]),
    });
  }
  await print({
    what,
    samples: samples.length,
    ...Object.fromEntries(times),
    // In calibrations.
    ratios: Object.fromEntries(
      times.keys().filter((name) => name !== "calibrate").map((name) => [
        name,
        { processor: ratio(times, name, "processor"), clock: ratio(times, name, "clock") },
      ]),
    ),
  });
}

/** Equalization as SNPE and AIMET do it, and by the samples, each before bias correction. */
function equalizations(
  model: Model,
  samples: SampleSource,
  engine: Engine,
): Readonly<Record<string, () => Promise<unknown>>> {
  const asAimet: EqualizeOptions = {
    ...{ engine, samples, scales: "ranges" },
    ...{ relu6: "relu", highBiasAbsorption: "batch-norm" },
  };
  return {
    "cle as AIMET": () => equalizeModel(model, asAimet),
    "cle as AIMET, bc": async () => {
      await quantizeCorrected((await equalizeModel(model, asAimet)).model, samples, { engine });
    },
    cle: () => equalizeModel(model, { engine, samples }),
    "cle, bc": async () => {
      const { model: equalized } = await equalizeModel(model, { engine, samples });
      await quantizeCorrected(equalized, samples, { engine });
    },
  };
}

async function print(line: unknown): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
}

function ratio(times: ReadonlyMap<string, Time>, name: string, kind: keyof Time): number {
  const { [kind]: time = NaN } = times.get(name) ?? {};
  const { [kind]: base = NaN } = times.get("calibrate") ?? {};
  return Math.round(100 * time / base) / 100;
}

if (import.meta.main) {
  const rounds = Number(Deno.args[0] ?? 3);
  const engine = await openEngine();
  const path = new URL("../../testdata/mobilenet_v2/model.onnx", import.meta.url);
  await using mobileNet = await openOnnx(await openSource(path));
  for (const samples of [60, 240]) {
    await measure("MobileNetV2", mobileNet, {
      ...{ engine, rounds, samples },
      ...{ oracle: false, equalizations: true },
    });
  }
  for (const layers of [53, 106, 212]) {
    const model = deepNetwork(layers);
    const what = `${layers} layers`;
    await measure(what, model, {
      ...{ engine, rounds, samples: 60 },
      ...{ oracle: true, equalizations: false },
    });
  }
}
