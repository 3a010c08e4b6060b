import { assert } from "@std/assert";
import { openModel, saveDlc } from "../../../src/formats/mod.ts";
import { makeFolder } from "../../io/_temporary_folder.ts";
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
  Deno.test(`saveDlc() keeps the numbers of TensorFlow: ${path}`, async () => {
    const outputs = Object.keys(reference.outputs);
    await using folder = await makeFolder();
    const dlc = `${folder.path}/model.dlc`;
    {
      await using model = await openModel(new URL(path, TESTDATA), { outputs, evaluate });
      await saveDlc(model, dlc);
    }
    await using model = await openModel(dlc, { batch: "keep" });
    const difference = await largestDifference(model, reference);
    assert(difference <= 1e-5, `the difference is ${difference}`);
  });
}
