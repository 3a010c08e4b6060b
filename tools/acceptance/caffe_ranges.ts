import { calibrate } from "dlcstream";
import { CAFFE_NETWORKS, caffeSamples, openCaffeNetwork } from "./caffe_networks.ts";
import { type Check, type Finding, verdict } from "./check.ts";

/** The largest difference that is let pass, in parts of the range's width. */
const TOLERANCE = 1e-5;

/** Calibration gives the minimum and maximum that OpenCV found after each layer of LeNet. */
export const CAFFE_RANGES: Check = {
  title: `Caffe activation ranges over 200 images (difference <= ${TOLERANCE} of the width)`,
  columns: [
    { name: "network" },
    { name: "layer" },
    { name: "minimum", align: "right" },
    { name: "maximum", align: "right" },
    { name: "relative difference", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    const { ranges } = await shared.json("data/vectors/activation_ranges/lenet_caffe.json") as {
      readonly ranges: Readonly<Record<string, readonly [min: number, max: number]>>;
    };
    const mnist = await shared.mnist(200);
    const network = CAFFE_NETWORKS.lenet;
    await using model = await openCaffeNetwork(shared, network);
    const images = {
      length: mnist.length,
      read: (index: number) => mnist[index]?.pixels ?? new Uint8Array(),
    };
    const samples = await caffeSamples(shared, { network, model, images });
    const found = (await calibrate(model, samples, { separateActivations: true })).ranges();
    for (const [layer, [min, max]] of Object.entries(ranges)) {
      const node = model.nodes.find(({ name }) => name.toLowerCase() === layer.toLowerCase());
      // A pool's input may reach beyond its output; it has no range of its own.
      if (node?.operator === "MaxPool") continue;
      const range = found.get(node?.outputs[0] ?? "") ?? { min: NaN, max: NaN };
      const difference = Math.max(Math.abs(range.min - min), Math.abs(range.max - max)) /
        (max - min);
      yield {
        cells: [
          "lenet",
          layer,
          range.min.toPrecision(7),
          range.max.toPrecision(7),
          difference.toExponential(1),
        ],
        verdict: verdict(difference <= TOLERANCE),
      };
    }
  },
};
