import { assert, assertEquals, assertRejects } from "@std/assert";
import { type DenseTensor, type Model, openModel, runModel, saveDlc } from "dlcstream";
import { UnsupportedError } from "../../../src/errors.ts";
import { detectionRows, storedRows } from "../../../tools/references/detection_rows.ts";
import { makeFolder } from "../../io/_temporary_folder.ts";

interface Reference {
  readonly inputs: { readonly data: { readonly shape: number[]; readonly values: number[] } };
  readonly opencv: Readonly<Record<string, { readonly values: readonly number[] }>>;
}

const FOLDER = new URL("../../../testdata/caffe/", import.meta.url);
const WEIGHTS = new URL("detections.caffemodel", FOLDER);
const TEXT = await Deno.readTextFile(new URL("detections.prototxt", FOLDER));
const REFERENCE: Reference = JSON.parse(
  await Deno.readTextFile(new URL("detections.json", FOLDER)),
);
const TOLERANCE = 1e-4;

async function runOn(model: Model): Promise<ReadonlyMap<string, DenseTensor>> {
  const { shape, values } = REFERENCE.inputs.data;
  const data = { dtype: "float32" as const, shape, data: Float32Array.from(values) };
  const samples = { length: 1, read: () => Promise.resolve(new Map([["data", data]])) };
  for await (const { outputs } of runModel(model, samples)) return outputs;
  throw new Error("No sample ran");
}

function compare(outputs: ReadonlyMap<string, DenseTensor>, name: string): number {
  const expected = storedRows(REFERENCE.opencv[name]?.values ?? []);
  const found = detectionRows(outputs, name);
  assertEquals(found.map(([, label]) => label), expected.map(([, label]) => label), name);
  for (const [row, numbers] of expected.entries()) {
    for (const [column, number] of numbers.entries()) {
      const difference = Math.abs((found[row]?.[column] ?? NaN) - number);
      assert(difference <= TOLERANCE, `${name}: row ${row} is ${found[row]}, not ${numbers}`);
    }
  }
  return expected.length;
}

for (const name of Object.keys(REFERENCE.opencv)) {
  Deno.test(`DetectionOutput finds what OpenCV does: ${name}`, async () => {
    await using model = await openModel(new URL("detections.prototxt", FOLDER), {
      weights: WEIGHTS,
      outputs: [name],
    });
    const outputs = await runOn(model);
    const count = compare(outputs, name);
    const rows = model.outputs[0]?.shape[1] ?? 0;
    assertEquals(model.outputs, [
      { name: `${name}_scores`, dtype: "float32", shape: [1, rows] },
      { name: `${name}_boxes`, dtype: "float32", shape: [1, rows, 4] },
      { name: `${name}_classes`, dtype: "int32", shape: [1, rows] },
      { name: `${name}_num_detections`, dtype: "uint32", shape: [1] },
    ]);
    const rest = (part: string, each = 1) =>
      Array.from(outputs.get(`${name}_${part}`)?.data ?? [], Number).slice(count * each);
    assertEquals(rest("scores"), Array(rows - count).fill(0));
    assertEquals(rest("boxes", 4), Array(4 * (rows - count)).fill(0));
    assertEquals(rest("classes"), Array(rows - count).fill(-1));
  });

  if (name === "corner") continue;
  Deno.test(`DetectionOutput finds the same behind a DLC: ${name}`, async () => {
    await using folder = await makeFolder();
    const path = `${folder.path}/detector.dlc`;
    await using model = await openModel(new URL("detections.prototxt", FOLDER), {
      weights: WEIGHTS,
      outputs: [name],
    });
    await saveDlc(model, path);
    await using stored = await openModel(path);
    assertEquals(stored.outputs, model.outputs);
    const made = (one: Model) => one.nodes.find(({ operator }) => operator === "DetectionOutput");
    assertEquals(made(stored)?.attributes, made(model)?.attributes);
    compare(await runOn(stored), name);
  });
}

async function openEdited(
  edit: (text: string) => string,
  name: string,
  batch: number | "keep" = 1,
): Promise<Model> {
  const bytes = new TextEncoder().encode(edit(TEXT));
  return await openModel(bytes, { weights: WEIGHTS, outputs: [name], batch });
}

Deno.test("DetectionOutput takes targets with variances for those without, where they are encoded", async () => {
  const edit = (text: string) =>
    text.replace(
      /bottom: "all_unit_priors" (top: "unit" detection_output_param \{)/,
      'bottom: "priors" $1 variance_encoded_in_target: true ',
    );
  assert(edit(TEXT) !== TEXT);
  await using model = await openEdited(edit, "unit");
  assert(compare(await runOn(model), "unit") > 5);
});

Deno.test("DetectionOutput keeps all there may be without keep_top_k", async () => {
  const edit = (text: string) => text.replace("keep_top_k: 50", "keep_top_k: -1");
  await using model = await openEdited(edit, "roomy");
  // Nine of each class but the background.
  assertEquals(model.outputs[0]?.shape, [1, 36]);
  compare(await runOn(model), "roomy");
});

Deno.test("DetectionOutput of corners is no operator of a DLC", async () => {
  await using folder = await makeFolder();
  await using model = await openModel(new URL("detections.prototxt", FOLDER), {
    weights: WEIGHTS,
    outputs: ["corner"],
  });
  await assertRejects(
    () => saveDlc(model, `${folder.path}/detector.dlc`),
    UnsupportedError,
    'Cannot convert node "corner" (DetectionOutput): its code_type is CORNER; CENTER_SIZE would work',
  );
});

Deno.test("DetectionOutput names what contradicts, and what would work instead", async () => {
  const layer = /layer \{ name: "few".*/;
  const [few = ""] = layer.exec(TEXT) ?? [];
  const cases: readonly [from: string | RegExp, to: string, message: string][] = [
    ["share_location: true", "share_location: false", "share_location: true would work"],
    ["top_k: 60", "top_k: 60 eta: 0.5", "its overlap threshold changes by eta 0.5; 1 would work"],
    [
      "num_classes: 5",
      "num_classes: 4",
      "expected 1280 numbers an image for 320 boxes and 4 classes",
    ],
    ["num_classes: 5", "", "bottom 1 is [1,1600], expected 0 numbers an image"],
    ["top_k: 60", "top_k: 0", "its top_k is 0, expected a positive integer, or -1"],
    ["keep_top_k: 4", "keep_top_k: 0", "its keep_top_k is 0, expected a positive integer, or -1"],
    ["keep_top_k: 4", "keep_top_k: 2000000", "it may find 2000000 boxes"],
    [
      "nms_threshold: 0.3",
      "nms_threshold: -1",
      "its nms_threshold is -1, expected a number from 0",
    ],
    ['bottom: "priors"', 'bottom: "loc"', "its bottom 2 is [1,1280], expected boxes: [1,2,4·N]"],
    ['bottom: "priors"', "", "it has 2 bottoms, expected at least 3"],
    ["keep_top_k: 4", "keep: 4", 'no field "keep"'],
  ];
  for (const [from, to, message] of cases) {
    const changed = few.replace(from, to);
    assert(changed !== few, `${from}`);
    const error = await assertRejects(() =>
      openEdited((text) => text.replace(layer, changed), "few")
    );
    assert(error instanceof Error && error.message.includes(message), `${error}`);
    assert(error.message.includes("few"), error.message);
  }
});

Deno.test("DetectionOutput needs boxes that are constant, and one image", async () => {
  await assertRejects(
    () =>
      openEdited(
        (text) =>
          text.replace(
            /(layer \{ name: "few".*)/,
            'layer { name: "rows" type: "Reshape" bottom: "loc" top: "rows" reshape_param { shape { dim: 1 ' +
              "dim: 2 dim: -1 } } }\n$1",
          ).replace(/(name: "few".*)bottom: "priors"/, '$1bottom: "rows"'),
        "few",
      ),
    UnsupportedError,
    'Cannot convert layer "few" (DetectionOutput): its boxes "rows" are computed by the network; those of ' +
      "PriorBox layers, joined by Concat along axis 2, would work",
  );
  await assertRejects(
    () => openEdited((text) => text.replace("dim: 1 dim: 3", "dim: 2 dim: 3"), "few", "keep"),
    UnsupportedError,
    'Cannot convert layer "few" (DetectionOutput): it gets 2 images; one would work',
  );
});

Deno.test("DetectionOutput ends a network: no layer reads its values as one", async () => {
  await assertRejects(
    () =>
      openEdited(
        (text) => text + 'layer { name: "after" type: "AbsVal" bottom: "few" top: "after" }',
        "after",
      ),
    UnsupportedError,
    'Cannot convert layer "after" (AbsVal): it reads "few", which becomes 4 values (few_scores, few_boxes, ' +
      "few_classes, few_num_detections); end the network there with --out-node",
  );
});
