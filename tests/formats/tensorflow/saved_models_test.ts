import { assert } from "@std/assert";
import { openModel } from "../../../src/formats/mod.ts";
import { evaluate, largestDifference, type Reference, TESTDATA } from "./_references.ts";

const references = JSON.parse(
  Deno.readTextFileSync(new URL("references.json", TESTDATA)),
) as Readonly<Record<string, Reference>>;

for (const [path, reference] of Object.entries(references)) {
  Deno.test(`openModel() gives the numbers of TensorFlow: ${path}`, async () => {
    const outputs = Object.keys(reference.outputs);
    await using model = await openModel(new URL(path, TESTDATA), { outputs, evaluate });
    const difference = await largestDifference(model, reference);
    assert(difference <= 1e-5, `the difference is ${difference}`);
  });
}
