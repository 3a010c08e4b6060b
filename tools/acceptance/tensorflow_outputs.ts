import { join } from "@std/path";
import { type Model, openModel, runModel, saveDlc } from "dlcstream";
import { type Check, type Finding, verdict } from "./check.ts";
import { byteSamples } from "./networks.ts";
import type { Shared } from "./shared.ts";
import { createTemporaryFolder } from "./temporary_folder.ts";
import {
  channelsLast,
  openTensorflowNetwork,
  TENSORFLOW_NETWORKS,
  type TensorflowNetwork,
} from "./tensorflow_networks.ts";

/** The largest difference that is let pass, in parts of the output's largest magnitude. */
const TOLERANCE = 1e-4;

interface GoldenEntry {
  readonly model: string;
  readonly source: string;
  readonly pixels?: { readonly file: string };
  readonly output: { readonly file: string };
}

/** Frozen graphs give the outputs that OpenCV's importer found, and again after a DLC. */
export const TENSORFLOW_OUTPUTS: Check = {
  title: `Outputs of TensorFlow graphs against OpenCV (largest difference <= ${TOLERANCE})`,
  columns: [
    { name: "graph" },
    { name: "as" },
    { name: "samples", align: "right" },
    { name: "largest relative difference", align: "right" },
    { name: "equal top-1", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    for (const network of Object.values(TENSORFLOW_NETWORKS)) {
      const { images, outputs } = await knownPairs(shared, network);
      await using folder = await createTemporaryFolder();
      await using model = await openTensorflowNetwork(shared, network);
      for (const version of [undefined, "3", "4"] as const) {
        const path = join(folder.path, `${version}.dlc`);
        if (version !== undefined) await saveDlc(model, path, { version });
        await using read = version === undefined ? keepOpen(model) : await openModel(path);
        const samples = byteSamples(read, {
          length: images.length,
          read: (index) => images[index] ?? new Uint8Array(),
        }, network);
        let largest = 0;
        let equal = 0;
        for await (
          const { index, outputs: [[, { data }] = ["", {}]] } of firstOutputs(read, samples)
        ) {
          if (!(data instanceof Float32Array)) throw new RangeError("There is no output");
          const expected = outputs.subarray(index * data.length, (index + 1) * data.length);
          const magnitude = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          for (const [place, value] of data.entries()) {
            const difference = Math.abs(value - (expected[place] ?? NaN)) / magnitude;
            if (!(difference <= largest)) {
              largest = Number.isNaN(difference) ? Infinity : difference;
            }
          }
          if (data.indexOf(Math.max(...data)) === expected.indexOf(Math.max(...expected))) equal++;
        }
        yield {
          cells: [
            network.file,
            version === undefined ? "GraphDef" : `DLC ${version}`,
            `${images.length}`,
            largest.toExponential(1),
            `${equal}`,
          ],
          verdict: verdict(largest <= TOLERANCE && equal === images.length),
        };
      }
    }
  },
};

async function* firstOutputs(model: Model, samples: Parameters<typeof runModel>[1]) {
  for await (const { index, outputs } of runModel(model, samples)) {
    yield { index, outputs: [...outputs] };
  }
}

/** The same model, which disposing leaves open. */
function keepOpen(model: Model): Model {
  return { ...model, async [Symbol.asyncDispose]() {} };
}

async function knownPairs(
  shared: Shared,
  { golden }: TensorflowNetwork,
): Promise<{ readonly images: readonly Uint8Array[]; readonly outputs: Float32Array }> {
  const { entries } = await shared.json("data/golden/index.json") as {
    readonly entries: readonly GoldenEntry[];
  };
  const images: Uint8Array[] = [];
  const outputs: number[] = [];
  for (const { model, source, pixels, output } of entries) {
    if (model !== golden) continue;
    outputs.push(...await shared.floats("data/golden", output.file));
    if (pixels !== undefined) {
      images.push(await Deno.readFile(shared.path("data/golden", pixels.file)));
    } else if (source.includes("mnist")) {
      const numbers = /[\d,]+$/.exec(source)?.[0].split(",").map(Number) ?? [];
      const all = await shared.mnist(100);
      images.push(...numbers.map((number) => all[number]?.pixels ?? new Uint8Array()));
    } else {
      for (const image of await shared.cifar(16)) images.push(channelsLast(image.pixels, 3));
    }
  }
  if (images.length === 0) throw new RangeError(`There are no known outputs of "${golden}"`);
  return { images, outputs: Float32Array.from(outputs) };
}
