import { join } from "@std/path";
import { type Model, openModel, saveDlc, UnsupportedError } from "dlcstream";
import { type Check, type Finding, messageOf, verdict } from "./check.ts";
import { inputProtos, operatorsOf, outputProtos } from "./model_proto.ts";
import {
  Deviation,
  listNodeTests,
  type NodeTest,
  readNodeTest,
  runNodeTest,
  runtimeGives,
} from "./node_tests.ts";
import type { Shared } from "./shared.ts";
import { createTemporaryFolder } from "./temporary_folder.ts";
import { readTensorFile } from "./tensor_file.ts";

/** So many of the tests that a DLC can hold passed when this was last raised; fewer is a failure. */
const LEAST_PASSED = 217;

const FLOAT32 = 1;

/** What became of a test in one version of the container. */
export type DlcOutcome =
  | "passed"
  | { readonly refused: string }
  | { readonly deviates: string }
  | { readonly failed: string };

/** A test and what became of it as DLC. */
export interface DlcNodeTest {
  /** The test. */
  readonly name: string;
  /** Its operators. */
  readonly operators: readonly string[];
  /** Whether a DLC can hold its types; see {@linkcode canBeHeld}. */
  readonly counts: boolean;
  /** What `convert` makes of it: version 3 where it holds the model, else version 4.1. */
  readonly automatic: DlcOutcome;
  /** What became of it in version 4.1. */
  readonly version4: DlcOutcome;
}

/** The operator tests of the ONNX project, converted to a DLC, read again and run. */
export const DLC_NODE_TESTS: Check = {
  title: "ONNX operator tests through a DLC",
  columns: [{ name: "test" }, { name: "outcome" }],
  async *run(shared): AsyncGenerator<Finding> {
    const tests = await Array.fromAsync(runDlcNodeTests(shared));
    const held = tests.filter(({ counts }) => counts);
    for (const { name, automatic } of held) {
      if (automatic === "passed") continue;
      const [outcome = ""] = Object.values(automatic);
      yield { cells: [name, outcome], verdict: "failed" in automatic ? "failed" : "noted" };
    }
    const passed = held.filter(({ automatic }) => automatic === "passed").length;
    yield {
      cells: [
        `all ${tests.length}`,
        `a DLC can hold the types of ${held.length}, of which ${passed} give the expected outputs`,
      ],
      verdict: verdict(passed >= LEAST_PASSED),
    };
  },
};

/** Runs all tests, each through a DLC of either version. */
export async function* runDlcNodeTests(shared: Shared): AsyncGenerator<DlcNodeTest> {
  await using folder = await createTemporaryFolder();
  for (const { name, folder: files } of await listNodeTests(shared)) {
    let test: NodeTest;
    try {
      test = await readNodeTest(files);
    } catch (error) {
      const outcome = outcomeOf(error);
      const operators = operatorsOf(await Deno.readFile(join(files, "model.onnx")));
      yield { name, operators, counts: false, automatic: outcome, version4: outcome };
      continue;
    }
    const path = join(folder.path, `${name}.dlc`);
    yield {
      name,
      operators: operatorsOf(test.model),
      counts: canBeHeld(test),
      automatic: await runThroughDlc(test, { files, path, version: "auto" }),
      version4: await runThroughDlc(test, { files, path, version: "4" }),
    };
  }
}

/**
 * Whether a DLC can hold the types of a test: its first input and all its outputs are float32
 * tensors, none of them empty. Inputs of other types (axes, shapes, indices) are constants in
 * networks; they are made constants.
 */
export function canBeHeld({ model, inputs, outputs }: NodeTest): boolean {
  const isFloat = inputProtos(model).map(({ elementType }) => elementType === FLOAT32);
  if (isFloat[0] !== true) return false;
  if (outputProtos(model).some(({ elementType }) => elementType !== FLOAT32)) return false;
  const fed = inputs.filter((_, position) => isFloat[position]).map(readTensorFile);
  return [...fed, ...outputs].every(({ shape }) => !shape.includes(0));
}

/** Feeds all inputs, then those of float32, then the first of these only. */
async function runThroughDlc(
  test: NodeTest,
  { files, path, version }: {
    readonly files: string;
    readonly path: string;
    readonly version: "auto" | "4";
  },
): Promise<DlcOutcome> {
  const floats = inputProtos(test.model).flatMap(({ elementType }, position) =>
    elementType === FLOAT32 ? [position] : []
  );
  const all = test.inputs.map((_, position) => position);
  const reopen = async (model: Model): Promise<Model> => {
    await saveDlc(model, path, { version });
    return await openModel(path);
  };
  let last: DlcOutcome = { refused: "it has no input of float32" };
  for (const fed of [all, floats, floats.slice(0, 1)]) {
    if (fed.length === 0) continue;
    try {
      await runNodeTest(test, { isFed: (position) => fed.includes(position), reopen });
      return "passed";
    } catch (error) {
      const outcome = outcomeOf(error);
      if (error instanceof Deviation && await runtimeGives(files, error)) {
        return { deviates: `${error.message}; ONNX Runtime gives it for the model too` };
      }
      if (!(error instanceof UnsupportedError)) return outcome;
      last = outcome;
    }
  }
  return last;
}

function outcomeOf(error: unknown): DlcOutcome {
  const message = messageOf(error);
  return error instanceof UnsupportedError ? { refused: message } : { failed: message };
}
