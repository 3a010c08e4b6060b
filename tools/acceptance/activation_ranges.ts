import { calibrate, openModel, placement } from "dlcstream";
import { type Check, type Finding, verdict } from "./check.ts";
import { byteSamples, NETWORKS } from "./networks.ts";

/** The largest difference that is let pass, in parts of the range's width. */
const TOLERANCE = 1e-5;

interface KnownRanges {
  readonly ranges: Readonly<Record<string, readonly [min: number, max: number]>>;
}

/** Calibration of the unfolded float network gives the known minimum and maximum of each value. */
export const ACTIVATION_RANGES: Check = {
  title: `Activation ranges over 200 images (largest difference <= ${TOLERANCE} of the width)`,
  columns: [
    { name: "model" },
    { name: "value" },
    { name: "minimum", align: "right" },
    { name: "maximum", align: "right" },
    { name: "relative difference", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    const { ranges } = await shared.json(
      "data/vectors/activation_ranges/resnet8.json",
    ) as KnownRanges;
    const images = await shared.cifar(200);
    await using model = await openModel(shared.path("models", NETWORKS.resnet8.file));
    const samples = byteSamples(model, {
      length: images.length,
      read: (index) => images[index]?.pixels ?? new Uint8Array(),
    }, NETWORKS.resnet8);
    const options = { foldBatchNorms: false, separateActivations: true };
    const calibration = await calibrate(model, samples, options);
    const { passedOn } = placement(model, options);
    const found = calibration.ranges();
    for (const [value, [min, max]] of Object.entries(ranges)) {
      const range = found.get(passedOn.get(value) ?? value) ?? { min: NaN, max: NaN };
      const difference = Math.max(Math.abs(range.min - min), Math.abs(range.max - max)) /
        (max - min);
      yield {
        cells: [
          "resnet8",
          value,
          range.min.toPrecision(7),
          range.max.toPrecision(7),
          difference.toExponential(1),
        ],
        verdict: verdict(difference <= TOLERANCE),
      };
    }
  },
};
