import { type Model, openModel, type Sample, type SampleSource } from "dlcstream";
import type { Shared } from "../acceptance/shared.ts";
import type { LabelledNetwork } from "./labelled_networks.ts";
import { runExport } from "./run_export.ts";

/** A network with its data, ready to be measured. */
export interface OpenedNetwork extends AsyncDisposable {
  /** Where it comes from. */
  readonly network: LabelledNetwork;
  /** The float network. */
  readonly model: Model;
  /** The calibration samples, in memory. */
  readonly calibration: SampleSource;
  /** The samples of the report. */
  readonly samples: readonly Sample[];
  /** The right class of each of them. */
  readonly labels: readonly number[];
  /** What the float network says to them. */
  readonly float: readonly Float32Array[];
}

/** Opens a network, reads its samples and runs it in float. */
export async function openNetwork(
  network: LabelledNetwork,
  shared: Shared,
): Promise<OpenedNetwork> {
  const model = await openModel(shared.path("models", network.file));
  const { calibration, samples: source, labels } = await network.samples(shared, model);
  const samples = await readAll(source);
  const kept = await readAll(calibration);
  return {
    network,
    model,
    calibration: {
      length: kept.length,
      read: (index) => Promise.resolve(kept[index] ?? new Map()),
    },
    samples,
    labels,
    float: await runExport(model, samples),
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}

async function readAll(source: SampleSource): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let index = 0; index < source.length; index++) samples.push(await source.read(index));
  return samples;
}
