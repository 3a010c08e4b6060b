import { join } from "@std/path";
import { openModel } from "dlcstream";
import { denseTensors, type PlainTensor } from "../references/stored_tensor.ts";
import { type Check, type Finding, messageOf, verdict } from "./check.ts";
import { largestDifference } from "./reference_run.ts";
import { runScript } from "./reference_script.ts";
import { createTemporaryFolder } from "./temporary_folder.ts";

/** The largest difference that is let pass, in parts of the output's largest magnitude. */
const TOLERANCE = 1e-4;

interface Reference {
  readonly inputs: Readonly<Record<string, PlainTensor>>;
  readonly outputs: Readonly<Record<string, PlainTensor>>;
}

/** The nets of `testdata`, made again by Caffe2, give the numbers that it computes now. */
export const CAFFE2_REFERENCES: Check = {
  title: `Caffe2's own numbers, made again (largest difference <= ${TOLERANCE})`,
  columns: [
    { name: "net" },
    { name: "outputs", align: "right" },
    { name: "largest relative difference", align: "right" },
  ],
  async *run(): AsyncGenerator<Finding> {
    await using folder = await createTemporaryFolder();
    const stopped = await runScript({
      file: "make_caffe2_references.py",
      module: "caffe2.python",
      variable: "CAFFE2_PYTHON",
      install: "with Python 3.8 install torch 1.8.1 as the script says",
    }, folder.path);
    if (stopped !== undefined) {
      yield { cells: [stopped.problem, "0", ""], verdict: stopped.verdict };
      return;
    }
    for (const name of ["network", "windows", "elementwise", "shaping"]) {
      const path = join(folder.path, name);
      const reference: Reference = JSON.parse(await Deno.readTextFile(`${path}.json`));
      const count = `${Object.keys(reference.outputs).length}`;
      try {
        const found = await difference(path, reference);
        yield {
          cells: [name, count, found.toExponential(1)],
          verdict: verdict(found <= TOLERANCE),
        };
      } catch (error) {
        yield { cells: [name, count, messageOf(error)], verdict: "failed" };
      }
    }
  },
};

async function difference(path: string, { inputs, outputs }: Reference): Promise<number> {
  await using model = await openModel(`${path}_predict.pb`, {
    weights: `${path}_init.pb`,
    inputShapes: new Map(Object.entries(inputs).map(([name, { shape }]) => [name, shape])),
    outputs: Object.keys(outputs),
  });
  return await largestDifference(model, {
    inputs: denseTensors(inputs),
    outputs: Object.values(outputs).map(({ values }) => values),
  });
}
