import { join } from "@std/path";
import { type Model, openModel, runModel, saveDlc, UnsupportedError } from "dlcstream";
import {
  CAFFE_NETWORKS,
  type CaffeNetwork,
  caffeSamples,
  type KnownOutputs,
  knownOutputs,
  openCaffeNetwork,
} from "./caffe_networks.ts";
import { type Check, type Finding, messageOf, verdict } from "./check.ts";
import type { Shared } from "./shared.ts";
import { createTemporaryFolder } from "./temporary_folder.ts";

/** The largest difference that is let pass, in parts of the output's largest magnitude. */
const TOLERANCE = 1e-4;

/** Every Caffe network gives what OpenCV's importer gives, and again after its way through a DLC. */
export const CAFFE_OUTPUTS: Check = {
  title: `Caffe outputs against OpenCV (largest difference <= ${TOLERANCE} of the largest value)`,
  columns: [
    { name: "network" },
    { name: "as" },
    { name: "samples", align: "right" },
    { name: "largest relative difference", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    for (const [name, network] of Object.entries(CAFFE_NETWORKS)) {
      const known = await knownOutputs(shared, network);
      await using folder = await createTemporaryFolder();
      await using model = await openCaffeNetwork(shared, network);
      for (const form of ["Caffe", "DLC 3", "DLC 4"] as const) {
        const row = (result: string, verdict: Finding["verdict"]): Finding => ({
          cells: [name, form, `${known.images.length}`, result],
          verdict,
        });
        try {
          await using converted = await convert(model, form, folder.path);
          const names = outputOrder(network, model);
          const difference = await largestDifference(shared, {
            model: converted,
            network,
            known,
            names,
          });
          yield row(difference.toExponential(1), verdict(difference <= TOLERANCE));
        } catch (error) {
          yield row(messageOf(error), error instanceof UnsupportedError ? "noted" : "failed");
        }
      }
    }
  },
};

/** The list of known outputs has the scores of the face detector first. */
function outputOrder({ golden }: CaffeNetwork, model: Model): readonly string[] {
  const names = model.outputs.map(({ name }) => name);
  return golden.startsWith("RFB") ? ["scores", "boxes"] : names;
}

async function convert(model: Model, form: string, folder: string): Promise<Model> {
  if (form === "Caffe") return { ...model, async [Symbol.asyncDispose]() {} };
  const path = join(folder, `${form}.dlc`);
  await saveDlc(model, path, { version: form === "DLC 3" ? "3" : "4" });
  return await openModel(path);
}

async function largestDifference(
  shared: Shared,
  { model, network, known, names }: {
    readonly model: Model;
    readonly network: CaffeNetwork;
    readonly known: KnownOutputs;
    readonly names: readonly string[];
  },
): Promise<number> {
  const images = {
    length: known.images.length,
    read: (index: number) => known.images[index] ?? new Uint8Array(),
  };
  const samples = await caffeSamples(shared, { network, model, images });
  let largest = 0;
  for await (const { index, outputs } of runModel(model, samples)) {
    for (const [position, name] of names.entries()) {
      const values = outputs.get(name)?.data;
      if (!(values instanceof Float32Array)) throw new RangeError(`Output "${name}" is missing`);
      const all = known.outputs[position] ?? [];
      const expected = all.slice(index * values.length, (index + 1) * values.length);
      if (expected.length !== values.length) return Infinity;
      const magnitude = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      for (const [place, value] of values.entries()) {
        const difference = Math.abs(value - (expected[place] ?? NaN)) / magnitude;
        // Written so that NaN counts as infinite.
        if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
      }
    }
  }
  return largest;
}
