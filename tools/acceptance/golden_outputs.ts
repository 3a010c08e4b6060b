import { join } from "@std/path";
import {
  type Model,
  openModel,
  runModel,
  type SampleSource,
  saveDlc,
  UnsupportedError,
} from "dlcstream";
import { type Check, type Finding, messageOf, verdict } from "./check.ts";
import { byteSamples, channelsFirst, type Network, NETWORKS } from "./networks.ts";
import type { Shared } from "./shared.ts";
import { createTemporaryFolder } from "./temporary_folder.ts";

/** The largest difference that is let pass, in parts of the output's largest magnitude. */
const TOLERANCE = 1e-4;

interface GoldenFile {
  readonly file: string;
  readonly shape: readonly number[];
}

interface GoldenEntry {
  readonly model: string;
  readonly source: string;
  readonly pixels?: { readonly file: string; readonly shape: readonly [number, number, number] };
  readonly output: GoldenFile | readonly GoldenFile[];
}

/** Inputs of a network and the outputs that another runtime computed. */
interface GoldenPairs {
  readonly images: readonly Uint8Array[];
  /** For each output of the network, the values of all images one after the other. */
  readonly outputs: readonly Float32Array[];
}

/** Every ONNX model gives the known outputs, and gives them again after its way through a DLC. */
export const GOLDEN_OUTPUTS: Check = {
  title: `Known outputs (largest difference <= ${TOLERANCE} of the output's largest magnitude)`,
  columns: [
    { name: "model" },
    { name: "as" },
    { name: "samples", align: "right" },
    { name: "largest relative difference", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    for (const network of Object.values(NETWORKS)) {
      const pairs = await goldenPairs(shared, network);
      await using folder = await createTemporaryFolder();
      await using model = await openModel(shared.path("models", network.file));
      for (const form of ["ONNX", "DLC 3", "DLC 4"] as const) {
        const row = (result: string, verdict: Finding["verdict"]): Finding => ({
          cells: [network.file, form, `${pairs.images.length}`, result],
          verdict,
        });
        try {
          await using converted = await convert(model, form, folder.path);
          // A DLC does not keep the order of the outputs.
          const outputs = model.outputs.map(({ name }) => name);
          const difference = await largestDifference(
            converted,
            { ...pairs, names: outputs },
            network,
          );
          yield row(difference.toExponential(1), verdict(difference <= TOLERANCE));
        } catch (error) {
          yield row(messageOf(error), error instanceof UnsupportedError ? "noted" : "failed");
        }
      }
    }
  },
};

/** The model itself, or what is read from the DLC file that it was written to. */
async function convert(
  model: Model,
  form: "ONNX" | "DLC 3" | "DLC 4",
  folder: string,
): Promise<Model> {
  if (form === "ONNX") return { ...model, async [Symbol.asyncDispose]() {} };
  const path = join(folder, `${form}.dlc`);
  await saveDlc(model, path, { version: form === "DLC 3" ? "3" : "4" });
  return await openModel(path);
}

async function largestDifference(
  model: Model,
  { images, outputs, names }: GoldenPairs & { readonly names: readonly string[] },
  network: Network,
): Promise<number> {
  const samples: SampleSource = byteSamples(
    model,
    { length: images.length, read: (index) => images[index] ?? new Uint8Array() },
    network,
  );
  let largest = 0;
  for await (const { index, outputs: found } of runModel(model, samples)) {
    for (const [position, name] of names.entries()) {
      const values = found.get(name)?.data;
      if (!(values instanceof Float32Array)) throw new RangeError(`Output "${name}" is missing`);
      const all = outputs[position] ?? new Float32Array();
      const expected = all.subarray(index * values.length, (index + 1) * values.length);
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

async function goldenPairs(shared: Shared, { golden }: Network): Promise<GoldenPairs> {
  const { entries } = await shared.json("data/golden/index.json") as {
    readonly entries: readonly GoldenEntry[];
  };
  const images: Uint8Array[] = [];
  const outputs: number[][] = [];
  for (const { model, source, pixels, output } of entries) {
    if (model !== golden) continue;
    images.push(...await imagesOf(shared, source, pixels));
    for (const [position, { file }] of [output].flat().entries()) {
      (outputs[position] ??= []).push(...await shared.floats("data/golden", file));
    }
  }
  if (images.length === 0) throw new RangeError(`There are no known outputs of "${golden}"`);
  return { images, outputs: outputs.map((values) => Float32Array.from(values)) };
}

async function imagesOf(
  shared: Shared,
  source: string,
  pixels: GoldenEntry["pixels"],
): Promise<Uint8Array[]> {
  if (pixels !== undefined) {
    const bytes = await Deno.readFile(shared.path("data/golden", pixels.file));
    return [channelsFirst(bytes, pixels.shape)];
  }
  const images = source.endsWith("data/mnist") ? await shared.mnist(16) : await shared.cifar(16);
  return images.map((image) => image.pixels);
}
