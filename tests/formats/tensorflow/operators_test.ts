import { assert } from "@std/assert";
import { openTensorflow } from "../../../src/formats/tensorflow/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import { evaluate, largestDifference, type Reference, TESTDATA } from "./_references.ts";

interface OperatorCase extends Reference {
  readonly name: string;
  readonly model: string;
}

const cases = Deno.readTextFileSync(new URL("operators.jsonl", TESTDATA)).trim().split("\n")
  .map((line) => JSON.parse(line) as OperatorCase);

for (const one of cases) {
  Deno.test(`openTensorflow() gives the numbers of TensorFlow: ${one.name}`, async () => {
    const bytes = Uint8Array.from(atob(one.model), (character) => character.charCodeAt(0));
    const outputs = Object.keys(one.outputs);
    await using model = await openTensorflow(await openSource(bytes, { name: one.name }), {
      outputs,
      batch: "keep",
      evaluate,
    });
    const difference = await largestDifference(model, one);
    assert(difference <= 1e-5, `the difference is ${difference}`);
  });
}
