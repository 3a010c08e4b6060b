import { join } from "@std/path";
import {
  bytesOfTensorData,
  imageSamples,
  listImages,
  type Model,
  openModel,
  runModel,
  type SampleSource,
  saveDlc,
} from "dlcstream";
import { detectionRows, storedRows } from "../references/detection_rows.ts";
import { CAFFE_NETWORKS } from "./caffe_networks.ts";
import { type Check, type Finding, verdict } from "./check.ts";
import { runScript } from "./reference_script.ts";
import type { Shared } from "./shared.ts";
import { createTemporaryFolder } from "./temporary_folder.ts";

/** The largest difference of a score or corner that is let pass; corners are parts of the photo. */
const TOLERANCE = 1e-4;

/** The name of the layer that is added. */
const OUTPUT = "faces";

/** Edges of the default boxes, in pixels, by the layer that makes the offsets from them. */
const BOX_EDGES: Readonly<Record<string, readonly number[]>> = {
  "342": [10, 16, 24],
  "388": [32, 48],
  "428": [64, 96],
  "458": [128, 192, 256],
};

/** The face detector with the layers behind it that SSD has finds on photos what OpenCV finds. */
export const CAFFE_DETECTIONS: Check = {
  title: `Caffe detections against OpenCV (largest difference <= ${TOLERANCE})`,
  columns: [
    { name: "as" },
    { name: "photos", align: "right" },
    { name: "faces", align: "right" },
    { name: "largest difference", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    await using folder = await createTemporaryFolder();
    await writeDetector(shared, folder.path);
    const [text, weights] = ["net.prototxt", "net.caffemodel"].map((name) =>
      join(folder.path, name)
    );
    await using model = await openModel(text ?? "", { weights: weights ?? "" });
    const samples = await facePhotos(shared, model);
    await writeInputs(samples, model, folder.path);
    const stopped = await runScript({
      file: "run_caffe_detector.py",
      module: "cv2",
      variable: "OPENCV_PYTHON",
      install: "Debian has python3-opencv",
    }, folder.path);
    if (stopped !== undefined) {
      yield { cells: [stopped.problem], verdict: stopped.verdict };
      return;
    }
    const outputs: number[][] = JSON.parse(
      await Deno.readTextFile(join(folder.path, "outputs.json")),
    );
    const path = join(folder.path, "detector.dlc");
    await saveDlc(model, path);
    await using stored = await openModel(path);
    for (const [form, one] of [["Caffe", model], ["DLC 4", stored]] as const) {
      const { faces, largest } = await compare(one, samples, outputs);
      yield {
        cells: [form, `${samples.length}`, `${faces}`, largest.toExponential(1)],
        verdict: verdict(largest <= TOLERANCE && faces > 0),
      };
    }
  },
};

/** Adds default boxes and a DetectionOutput to the face detector of the shared folder. */
async function writeDetector(shared: Shared, folder: string): Promise<void> {
  const { text, weights } = CAFFE_NETWORKS.face;
  const network = await Deno.readTextFile(shared.path("models", text));
  const bottomOf = (top: string): string =>
    new RegExp(`bottom: "(\\w+)"\\s+top: "${top}"`).exec(network)?.[1] ?? "";
  const priors = Object.entries(BOX_EDGES).map(([boxes, edges]) => {
    const map = bottomOf(bottomOf(boxes));
    return `layer { name: "p${boxes}" type: "PriorBox" bottom: "${map}" bottom: "input" ` +
      `top: "p${boxes}" prior_box_param { ${edges.map((edge) => `min_size: ${edge} `).join("")}` +
      "clip: true variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2 } }";
  });
  const joined = Object.keys(BOX_EDGES).map((boxes) => `bottom: "p${boxes}"`).join(" ");
  const layers = [
    ...priors,
    `layer { name: "p" type: "Concat" ${joined} top: "p" concat_param { axis: 2 } }`,
    'layer { name: "flat_boxes" type: "Flatten" bottom: "boxes" top: "flat_boxes" }',
    'layer { name: "flat_scores" type: "Flatten" bottom: "scores" top: "flat_scores" }',
    `layer { name: "${OUTPUT}" type: "DetectionOutput" bottom: "flat_boxes" bottom: "flat_scores" ` +
    `bottom: "p" top: "${OUTPUT}" detection_output_param { num_classes: 2 share_location: true ` +
    "background_label_id: 0 nms_param { nms_threshold: 0.3 top_k: 400 } code_type: CENTER_SIZE " +
    "keep_top_k: 50 confidence_threshold: 0.6 } }",
  ];
  await Deno.writeTextFile(join(folder, "net.prototxt"), `${network}\n${layers.join("\n")}\n`);
  await Deno.copyFile(shared.path("models", weights), join(folder, "net.caffemodel"));
}

async function facePhotos(shared: Shared, model: Model): Promise<SampleSource> {
  const [input] = model.inputs;
  if (input === undefined) throw new RangeError(`Network "${model.name}" has no input`);
  const paths = await listImages(shared.path("data/coco_val2017/images"));
  return imageSamples(paths, input, { mean: [127, 127, 127], std: [128, 128, 128] });
}

async function writeInputs(samples: SampleSource, model: Model, folder: string): Promise<void> {
  const [{ name = "", shape = [] } = {}] = model.inputs;
  const files: string[] = [];
  for (let index = 0; index < samples.length; index++) {
    const data = (await samples.read(index)).get(name)?.data ?? new Float32Array();
    files.push(`${index}.raw`);
    await Deno.writeFile(join(folder, `${index}.raw`), bytesOfTensorData(data));
  }
  const inputs = { shape, output: OUTPUT, files };
  await Deno.writeTextFile(join(folder, "inputs.json"), JSON.stringify(inputs));
}

async function compare(
  model: Model,
  samples: SampleSource,
  expected: readonly (readonly number[])[],
): Promise<{ readonly faces: number; readonly largest: number }> {
  let [faces, largest] = [0, 0];
  for await (const { index, outputs } of runModel(model, samples)) {
    const found = detectionRows(outputs, OUTPUT);
    const wanted = storedRows(expected[index] ?? []);
    faces += wanted.length;
    if (found.length !== wanted.length) largest = Infinity;
    for (const [place, value] of wanted.flat().entries()) {
      const difference = Math.abs((found.flat()[place] ?? NaN) - value);
      // Written so that NaN counts as infinite.
      if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
    }
  }
  return { faces, largest };
}
