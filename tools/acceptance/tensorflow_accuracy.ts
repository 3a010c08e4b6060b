import { evaluateModel } from "dlcstream";
import { type Check, type Finding, verdict } from "./check.ts";
import { byteSamples } from "./networks.ts";
import { personPhotos } from "./person_photos.ts";
import type { Shared } from "./shared.ts";
import {
  channelsLast,
  openTensorflowNetwork,
  TENSORFLOW_NETWORKS,
  type TensorflowNetwork,
} from "./tensorflow_networks.ts";

interface LabelledSet {
  readonly network: TensorflowNetwork;
  readonly labels: readonly number[];
  readonly images: {
    readonly length: number;
    read(index: number): Promise<Uint8Array> | Uint8Array;
  };
}

/** Frozen graphs classify as many images rightly as in OpenCV. */
export const TENSORFLOW_ACCURACY: Check = {
  title: "Accuracy of TensorFlow graphs against OpenCV (counts equal)",
  columns: [
    { name: "graph" },
    { name: "samples", align: "right" },
    { name: "measure" },
    { name: "right", align: "right" },
    { name: "reference", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    const reference = await shared.json("data/reference_float_accuracy.json") as Readonly<
      Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>
    >;
    for (const { network, labels, images } of await labelledSets(shared)) {
      const [set, name] = network.accuracy;
      const expected = reference[set]?.[name];
      if (expected === undefined) throw new RangeError(`There is no accuracy of "${name}"`);
      await using model = await openTensorflowNetwork(shared, network);
      const samples = byteSamples(model, images, network);
      const { top1, top5 } = await evaluateModel(model, samples, { labels });
      for (const [measure, right] of [["top1", top1?.count], ["top5", top5?.count]] as const) {
        const share = expected[measure] ?? (measure === "top1" ? expected.accuracy : undefined);
        if (share === undefined || right === undefined) continue;
        const count = Math.round(share * (expected.n ?? NaN));
        yield {
          cells: [name, `${labels.length}`, measure, `${right}`, `${count}`],
          verdict: verdict(expected.n === labels.length && right === count),
        };
      }
    }
  },
};

async function labelledSets(shared: Shared): Promise<readonly LabelledSet[]> {
  const photos = await shared.imagenet();
  const persons = await personPhotos(shared);
  const cifar = await shared.cifar(1000);
  const digits = (await shared.mnist(2000)).filter(({ label }) => label < 3);
  return [
    {
      network: TENSORFLOW_NETWORKS.mobilenet,
      labels: photos.map(({ label }) => label),
      images: {
        length: photos.length,
        read: async (index) =>
          channelsLast(
            await shared.photo(photos[index]?.path ?? "", [1, 3, 224, 224], { resize: 256 }),
            3,
          ),
      },
    },
    {
      network: TENSORFLOW_NETWORKS.resnet8,
      labels: cifar.map(({ label }) => label),
      images: {
        length: cifar.length,
        read: (index) => channelsLast(cifar[index]?.pixels ?? new Uint8Array(), 3),
      },
    },
    {
      network: TENSORFLOW_NETWORKS.person,
      labels: persons.labels,
      images: {
        length: persons.images.length,
        read: async (index) => channelsLast(await persons.images.read(index), 3),
      },
    },
    {
      network: TENSORFLOW_NETWORKS.lenet5,
      labels: digits.map(({ label }) => label),
      images: {
        length: digits.length,
        read: (index) => digits[index]?.pixels ?? new Uint8Array(),
      },
    },
  ];
}
