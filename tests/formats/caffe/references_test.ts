import { assert, assertEquals } from "@std/assert";
import { type Model, openModel, runModel, saveDlc } from "dlcstream";
import { makeFolder } from "../../io/_temporary_folder.ts";

/** Shapes and values of tensors by name. */
type Tensors = Readonly<Record<string, { shape: readonly number[]; values: readonly number[] }>>;

interface Reference {
  readonly inputs: Tensors;
  readonly opencv: Tensors;
  readonly numpy: Tensors;
}

const FOLDER = new URL("../../../testdata/caffe/", import.meta.url);
const NETWORKS = [
  "convolutions",
  "normalizations",
  "pooling",
  "activations",
  "combining",
  "shaping",
  "classifier",
  "detector",
  "current",
];
/** In parts of the largest value of the output. */
const TOLERANCE = 2e-6;

for (const name of NETWORKS) {
  Deno.test(`openCaffe() computes what OpenCV and NumPy do: ${name}`, async () => {
    const reference = await readReference(name);
    await using model = await openReference(
      `${name}.prototxt`,
      name,
      Object.keys(expected(reference)),
    );
    await compare(model, reference);
  });

  Deno.test(`openCaffe() computes the same behind a DLC: ${name}`, async (t) => {
    const reference = await readReference(name);
    await using folder = await makeFolder();
    for (const output of Object.keys(expected(reference))) {
      await using model = await openReference(`${name}.prototxt`, name, [output]);
      const path = `${folder.path}/${output}.dlc`;
      await saveDlc(model, path);
      await t.step(output, async () => {
        await using stored = await openModel(path);
        await compare(stored, reference);
      });
    }
  });
}

Deno.test("openCaffe() upgrades networks of versions 0 and 1", async () => {
  const reference = await readReference("current");
  for (const version of [0, 1]) {
    await using model = await openReference(`version${version}.prototxt`, "current", []);
    assertEquals(model.inputs, [{ name: "data", dtype: "float32", shape: [1, 2, 6, 6] }]);
    assertEquals(model.outputs.map((output) => output.name), ["prob"]);
    await compare(model, reference);
  }
});

async function readReference(name: string): Promise<Reference> {
  return JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, FOLDER)));
}

function openReference(
  text: string,
  name: string,
  outputs: readonly string[],
): Promise<Model> {
  const weights = new URL(`${name}.caffemodel`, FOLDER);
  return openModel(new URL(text, FOLDER), { weights, outputs });
}

function expected({ opencv, numpy }: Reference): Tensors {
  return { ...opencv, ...numpy };
}

async function compare(model: Model, reference: Reference): Promise<void> {
  const sample = new Map(model.inputs.map(({ name }) => {
    const { shape = [], values = [] } = reference.inputs[name] ?? {};
    return [name, { dtype: "float32" as const, shape, data: Float32Array.from(values) }];
  }));
  const samples = { length: 1, read: () => Promise.resolve(sample) };
  for await (const { outputs } of runModel(model, samples)) {
    assert(outputs.size > 0);
    for (const [name, { shape, data }] of outputs) {
      const { shape: wanted, values } = expected(reference)[name] ?? { shape: [], values: [] };
      assertEquals(shape, wanted, name);
      const largest = Math.max(...values.map(Math.abs));
      for (const [index, value] of values.entries()) {
        const difference = Math.abs(Number(data[index]) - value);
        assert(
          difference <= TOLERANCE * largest,
          `${name}[${index}]: ${data[index]}, not ${value}`,
        );
      }
    }
  }
}
