import { join } from "@std/path";
import fc from "fast-check";
import { evaluateNode } from "../../src/execute/mod.ts";
import { modelToDlc, openModel, type OpenModelOptions } from "../../src/formats/mod.ts";
import { foldBatchNorms } from "../../src/graph/mod.ts";
import { countElements, readDense } from "../../src/tensor/mod.ts";
import { makeFolder } from "../io/_temporary_folder.ts";
import { CHANGES, mutateBytes, mutateProtobuf, mutateText, opensOrRefuses } from "./_mutations.ts";

const TESTDATA = new URL("../../testdata/", import.meta.url);
const RUNS = { seed: 23, numRuns: 400 } as const;

/** Small enough to be read where a changed shape still fits the file. */
const MAX_READ_ELEMENTS = 100_000;

async function use(input: string | Uint8Array, options: OpenModelOptions): Promise<void> {
  await using model = await openModel(input, {
    ...options,
    evaluate: (node, inputs) => evaluateNode(node, inputs, {}),
  });
  for (const reference of model.initializers.values()) {
    if (countElements(reference.shape) <= MAX_READ_ELEMENTS) await readDense(reference);
  }
  await modelToDlc(await foldBatchNorms(model));
}

function read(path: string): Uint8Array {
  return Deno.readFileSync(new URL(path, TESTDATA));
}

function namesIn(folder: string, ending: string): string[] {
  return Array.from(Deno.readDirSync(new URL(folder, TESTDATA)), ({ name }) => name)
    .filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length)).sort();
}

Deno.test("openModel() opens or refuses networks of Caffe with any part changed", async () => {
  const networks = namesIn("caffe/", ".caffemodel").map((name) => ({
    text: new TextDecoder().decode(read(`caffe/${name}.prototxt`)),
    weights: read(`caffe/${name}.caffemodel`),
  }));
  const property = fc.asyncProperty(
    fc.constantFrom(...networks),
    CHANGES,
    fc.boolean(),
    async ({ text, weights }, changes, inText) => {
      const changed = inText ? mutateText(text, changes) : text;
      const options = { weights: inText ? weights : mutateProtobuf(weights, changes) };
      await opensOrRefuses(() => use(new TextEncoder().encode(changed), options));
    },
  );
  await fc.assert(property, RUNS);
});

Deno.test("openModel() opens or refuses nets of Caffe2 with any field changed", async () => {
  const nets = namesIn("caffe2/", "_init.pb").map((name) => {
    const { inputs } = JSON.parse(new TextDecoder().decode(read(`caffe2/${name}.json`)));
    const shapes = Object.entries<{ shape: number[] }>(inputs);
    return {
      predict: read(`caffe2/${name}_predict.pb`),
      init: read(`caffe2/${name}_init.pb`),
      inputShapes: new Map(shapes.map(([input, { shape }]) => [input, shape])),
    };
  });
  const property = fc.asyncProperty(
    fc.constantFrom(...nets),
    CHANGES,
    fc.constantFrom("predict", "init", "bytes"),
    async ({ predict, init, inputShapes }, changes, what) => {
      const mutate = what === "bytes" ? mutateBytes : mutateProtobuf;
      const net = what === "init" ? predict : mutate(predict, changes);
      const weights = what === "init" ? mutate(init, changes) : init;
      await opensOrRefuses(() => use(net, { weights, inputShapes }));
    },
  );
  await fc.assert(property, RUNS);
});

Deno.test("openModel() opens or refuses graphs of TensorFlow with any field changed", async () => {
  const lines = new TextDecoder().decode(read("tensorflow/operators.jsonl")).trim().split("\n");
  const graphs = lines.map((line) =>
    Uint8Array.from(atob(JSON.parse(line).model), (character) => character.charCodeAt(0))
  );
  const property = fc.asyncProperty(
    fc.constantFrom(...graphs),
    CHANGES,
    async (graph, changes) => {
      await opensOrRefuses(() => use(mutateProtobuf(graph, changes), { batch: "keep" }));
    },
  );
  await fc.assert(property, RUNS);
});

Deno.test("openModel() opens or refuses a SavedModel and a checkpoint with any file changed", async () => {
  await using folder = await makeFolder();
  const models = [
    ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"],
    ["model.ckpt.meta", "model.ckpt.index", "model.ckpt.data-00000-of-00002"],
  ].map((files, index) => {
    const from = `tensorflow/${index === 0 ? "saved_model_v1" : "checkpoint"}/`;
    return files.map((file) => ({ file, bytes: read(from + file) }));
  });
  const other = "model.ckpt.data-00001-of-00002";
  await Deno.mkdir(join(folder.path, "variables"));
  await Deno.writeFile(join(folder.path, other), read(`tensorflow/checkpoint/${other}`));
  const property = fc.asyncProperty(
    fc.constantFrom(...models),
    fc.nat(2),
    CHANGES,
    async (files, changed, changes) => {
      for (const [index, { file, bytes }] of files.entries()) {
        const mutate = index === 0 ? mutateProtobuf : mutateBytes;
        const written = index === changed ? mutate(bytes, changes) : bytes;
        await Deno.writeFile(join(folder.path, file), written);
      }
      await opensOrRefuses(() => use(join(folder.path, files[0]?.file ?? ""), {}));
    },
  );
  await fc.assert(property, { ...RUNS, numRuns: 100 });
});
