import { evaluateModel, openModel } from "dlcstream";
import { type Check, type Finding, verdict } from "./check.ts";
import { byteSamples, type Network, NETWORKS } from "./networks.ts";
import { personPhotos } from "./person_photos.ts";
import type { Shared } from "./shared.ts";

interface Accuracies {
  readonly n: number;
  readonly top1?: number;
  readonly top5?: number;
  readonly accuracy?: number;
}

interface Labelled {
  readonly network: Network;
  /** Where the reference stands: set and model. */
  readonly reference: readonly [set: string, model: string];
  readonly labels: readonly number[];
  readonly images: {
    readonly length: number;
    read(index: number): Promise<Uint8Array> | Uint8Array;
  };
  /** Classes of the output before class 0 of the labels. */
  readonly background?: number;
}

/** Float networks have the accuracy that another runtime found on the same files. */
export const FLOAT_ACCURACY: Check = {
  title: "Accuracy of float networks (counts equal)",
  columns: [
    { name: "model" },
    { name: "samples", align: "right" },
    { name: "measure" },
    { name: "right", align: "right" },
    { name: "reference", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    const reference = await shared.json("data/reference_float_accuracy.json") as Readonly<
      Record<string, Readonly<Record<string, Accuracies>>>
    >;
    for (const labelled of await labelledSets(shared)) {
      const [set, name] = labelled.reference;
      const expected = reference[set]?.[name];
      if (expected === undefined) throw new RangeError(`There is no accuracy of "${name}"`);
      for (const [measure, right] of await countRight(shared, labelled)) {
        const share = measure === "top-5" ? expected.top5 : expected.top1 ?? expected.accuracy;
        if (share === undefined) continue;
        const count = Math.round(share * expected.n);
        yield {
          cells: [name, `${labelled.images.length}`, measure, `${right}`, `${count}`],
          verdict: verdict(expected.n === labelled.images.length && right === count),
        };
      }
    }
  },
};

async function countRight(
  shared: Shared,
  { network, labels, images, background = 0 }: Labelled,
): Promise<[string, number][]> {
  await using model = await openModel(shared.path("models", network.file));
  const { top1, top5 } = await evaluateModel(model, byteSamples(model, images, network), {
    labels: labels.map((label) => label + background),
  });
  return [["top-1", top1?.count ?? NaN], ["top-5", top5?.count ?? NaN]];
}

async function labelledSets(shared: Shared): Promise<Labelled[]> {
  const photos = await shared.imagenet();
  const persons = await personPhotos(shared);
  const cifar = await shared.cifar(1000);
  const mnist = await shared.mnist(2000);
  const imagenet = {
    labels: photos.map(({ label }) => label),
    images: {
      length: photos.length,
      read: (index: number) =>
        shared.photo(photos[index]?.path ?? "", [1, 3, 224, 224], { resize: 256 }),
    },
  };
  const bytes = (images: typeof cifar) => ({
    labels: images.map(({ label }) => label),
    images: {
      length: images.length,
      read: (index: number) => images[index]?.pixels ?? new Uint8Array(),
    },
  });
  return [
    {
      network: NETWORKS.mobilenetV1,
      reference: ["imagenet_sample", "mobilenet_v1_0.25_224"],
      ...imagenet,
    },
    {
      network: NETWORKS.mobilenetV2,
      reference: ["imagenet_sample", "mobilenet_v2_1.0_224"],
      ...imagenet,
      background: 1,
    },
    { network: NETWORKS.resnet8, reference: ["cifar10_jpegdecoded", "resnet8"], ...bytes(cifar) },
    { network: NETWORKS.mnist, reference: ["mnist", "mnist_cntk"], ...bytes(mnist) },
    { network: NETWORKS.person, reference: ["person_from_coco_val2017", "vww_96"], ...persons },
  ];
}
