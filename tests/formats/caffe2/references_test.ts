import { assert, assertEquals } from "@std/assert";
import { type Model, openModel, runModel, saveDlc } from "dlcstream";
import { makeFolder } from "../../io/_temporary_folder.ts";

/** Shapes and values of tensors by name. */
type Tensors = Readonly<Record<string, { shape: readonly number[]; values: readonly number[] }>>;

interface Reference {
  readonly inputs: Tensors;
  readonly outputs: Tensors;
}

const FOLDER = new URL("../../../testdata/caffe2/", import.meta.url);
/** In parts of the largest value of the output. */
const TOLERANCE = 2e-6;

for (const name of ["network", "windows", "elementwise", "shaping"]) {
  Deno.test(`openCaffe2() computes what Caffe2 does: ${name}`, async () => {
    const reference = await readReference(name);
    await using model = await openReference(name, reference, []);
    assertEquals(
      model.outputs.map((output) => output.name).sort(),
      Object.keys(reference.outputs).sort(),
    );
    await compare(model, reference);
  });

  Deno.test(`openCaffe2() computes the same behind a DLC: ${name}`, async (t) => {
    const reference = await readReference(name);
    await using folder = await makeFolder();
    for (const output of Object.keys(reference.outputs)) {
      await t.step(output, async () => {
        await using model = await openReference(name, reference, [output]);
        const path = `${folder.path}/${output}.dlc`;
        await saveDlc(model, path);
        await using stored = await openModel(path);
        await compare(stored, reference);
      });
    }
  });
}

async function readReference(name: string): Promise<Reference> {
  return JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, FOLDER)));
}

function openReference(
  name: string,
  { inputs }: Reference,
  outputs: readonly string[],
): Promise<Model> {
  return openModel(new URL(`${name}_predict.pb`, FOLDER), {
    weights: new URL(`${name}_init.pb`, FOLDER),
    inputShapes: new Map(Object.entries(inputs).map(([input, { shape }]) => [input, shape])),
    outputs,
  });
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
      const { shape: wanted, values } = reference.outputs[name] ?? { shape: [], values: [] };
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
