import { basename } from "@std/path";
import { imageSamples, listImages, openModel, runModel } from "dlcstream";
import { type Check, type Finding, verdict } from "./check.ts";

/** ADE20K's number for a person, which the network was trained on; COCO's is 0. */
const PERSON = 13;
const PHOTOS = 8;

/** A photo counts when persons' boxes cover this part of it. */
const MIN_AREA = 0.1;

/** Boxes are loose, but what is called a person should rarely lie outside all of them. */
const MIN_INSIDE = 0.8;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The DeepLabV3 that Qualcomm's tools quantized finds the persons on photos. */
export const SEGMENTATION: Check = {
  title: `Quantized DeepLabV3 of Qualcomm's tools on photos (>= ${MIN_INSIDE} inside the boxes)`,
  columns: [
    { name: "photo" },
    { name: "persons' boxes cover", align: "right" },
    { name: "called person", align: "right" },
    { name: "of these inside boxes", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    const photos: { readonly path: string; readonly boxes: readonly Box[] }[] = [];
    for (const path of await listImages(shared.path("data/coco_val2017/images"))) {
      const boxes = await personBoxes(
        shared.path("data/coco_val2017/labels", basename(path).replace(".jpg", ".txt")),
      );
      if (covered(boxes) >= MIN_AREA) photos.push({ path, boxes });
    }
    await using model = await openModel(
      shared.path("data/vectors/dlc/deeplabv3_quantized_hta_enabled.dlc"),
    );
    const [input] = model.inputs;
    const [output] = model.outputs;
    if (input === undefined || output === undefined) throw new RangeError("DeepLabV3 is empty");
    const paths = photos.slice(0, PHOTOS).map(({ path }) => path);
    const samples = imageSamples(paths, input, { mean: [127.5], std: [127.5] });
    const [, height = 1, width = 1] = output.shape;
    let allPersons = 0;
    let allInside = 0;
    for await (const { index, outputs } of runModel(model, samples)) {
      const { path = "", boxes = [] } = photos[index] ?? {};
      let persons = 0;
      let inside = 0;
      for (const [place, kind] of outputs.get(output.name)?.data.entries() ?? []) {
        if (Number(kind) !== PERSON) continue;
        persons++;
        if (isInside(boxes, (place % width + 0.5) / width, (place / width | 0) / height)) inside++;
      }
      yield {
        cells: [
          basename(path),
          percent(covered(boxes)),
          percent(persons / (width * height)),
          percent(inside / persons),
        ],
        verdict: "noted",
      };
      allPersons += persons;
      allInside += inside;
    }
    yield {
      cells: ["all", "", "", percent(allInside / allPersons)],
      verdict: verdict(allInside >= MIN_INSIDE * allPersons),
    };
  },
};

async function personBoxes(path: string): Promise<Box[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return []; // Nothing is on the photo.
    throw error;
  }
  const boxes: Box[] = [];
  for (const line of text.trim().split("\n")) {
    const [kind, x = 0, y = 0, width = 0, height = 0] = line.split(" ").map(Number);
    if (kind !== 0) continue;
    boxes.push({
      left: x - width / 2,
      right: x + width / 2,
      top: y - height / 2,
      bottom: y + height / 2,
    });
  }
  return boxes;
}

/** The part of a photo that boxes cover, on a grid of 100 by 100 points. */
function covered(boxes: readonly Box[]): number {
  let count = 0;
  for (let row = 0; row < 100; row++) {
    for (let column = 0; column < 100; column++) {
      if (isInside(boxes, (column + 0.5) / 100, (row + 0.5) / 100)) count++;
    }
  }
  return count / 10_000;
}

function isInside(boxes: readonly Box[], x: number, y: number): boolean {
  return boxes.some(({ left, right, top, bottom }) =>
    x >= left && x <= right && y >= top && y <= bottom
  );
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
