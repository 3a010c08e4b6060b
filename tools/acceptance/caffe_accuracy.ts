import { evaluateModel } from "dlcstream";
import {
  CAFFE_NETWORKS,
  type CaffeNetwork,
  caffeSamples,
  openCaffeNetwork,
} from "./caffe_networks.ts";
import { type Check, type Finding, verdict } from "./check.ts";
import type { Shared } from "./shared.ts";

interface LabelledSet {
  readonly network: CaffeNetwork;
  /** Where the reference stands: set and model. */
  readonly reference: readonly [set: string, model: string];
  readonly labels: readonly number[];
  read(index: number): Promise<Uint8Array> | Uint8Array;
}

/** Caffe networks classify as many images rightly as in OpenCV. */
export const CAFFE_ACCURACY: Check = {
  title: "Accuracy of Caffe networks against OpenCV (counts equal)",
  columns: [
    { name: "network" },
    { name: "samples", align: "right" },
    { name: "measure" },
    { name: "right", align: "right" },
    { name: "reference", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    const reference = await shared.json("data/reference_float_accuracy.json") as Readonly<
      Record<string, Readonly<Record<string, { n: number; top1: number; top5: number }>>>
    >;
    for (const { network, reference: [set, name], labels, read } of await labelledSets(shared)) {
      const expected = reference[set]?.[name];
      if (expected === undefined) throw new RangeError(`There is no accuracy of "${name}"`);
      await using model = await openCaffeNetwork(shared, network);
      const images = { length: labels.length, read };
      const samples = await caffeSamples(shared, { network, model, images });
      const { top1, top5 } = await evaluateModel(model, samples, { labels });
      const found = { top1: top1?.count ?? NaN, top5: top5?.count ?? NaN };
      for (const measure of ["top1", "top5"] as const) {
        const count = Math.round(expected[measure] * expected.n);
        yield {
          cells: [name, `${labels.length}`, measure, `${found[measure]}`, `${count}`],
          verdict: verdict(expected.n === labels.length && found[measure] === count),
        };
      }
    }
  },
};

async function labelledSets(shared: Shared): Promise<readonly LabelledSet[]> {
  const photos = await shared.imagenet();
  const mnist = await shared.mnist(2000);
  const cifar = await shared.cifar(1000);
  // The shorter side becomes 227 / 0.875, as the catalogue says.
  const resize = Math.round(227 / 0.875);
  return [
    {
      network: CAFFE_NETWORKS.lenet,
      reference: ["mnist", "lenet_caffe"],
      labels: mnist.map(({ label }) => label),
      read: (index) => mnist[index]?.pixels ?? new Uint8Array(),
    },
    {
      network: CAFFE_NETWORKS.quick,
      reference: ["cifar10_jpegdecoded", "quick_caffe_5000"],
      labels: cifar.map(({ label }) => label),
      read: (index) => cifar[index]?.pixels ?? new Uint8Array(),
    },
    {
      network: CAFFE_NETWORKS.squeezenet,
      reference: ["imagenet_sample", "squeezenet_v1.0"],
      labels: photos.map(({ label }) => label),
      read: (index) => shared.photo(photos[index]?.path ?? "", [1, 3, 227, 227], { resize }),
    },
  ];
}
