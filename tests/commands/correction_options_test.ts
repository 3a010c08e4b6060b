import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { crc32 } from "../../src/io/mod.ts";
import type { CommandContext } from "../../src/commands/command.ts";
import { correctForCommand, CORRECTION_OPTIONS } from "../../src/commands/correction_options.ts";
import { parseOptions } from "../../src/commands/parse_options.ts";
import { correctionLogPath } from "../../src/correct/mod.ts";
import { NO_PROGRESS } from "../../src/report/mod.ts";
import { COMMANDS } from "../../src/commands/mod.ts";
import { calibrationFolder } from "../support/calibration_folder.ts";
import { runCli } from "../support/run_cli.ts";
import { ROOT } from "../support/serve_tree.ts";

const RESNET8 = join(ROOT, "testdata/resnet8/model.onnx");
const ADVICE =
  "Bias correction (bc) without cross-layer equalization (cle): SNPE's guide advises " +
  "against it";
const permissions = COMMANDS.find(({ name }) => name === "quantize")?.permissions.split(" ") ?? [];

Deno.test("quantize --algorithms bc corrects biases and leaves no resume file", async () => {
  const folder = await calibrationFolder(4);
  try {
    const list = join(folder, "list.txt");
    const outputs = new Set<number>();
    for (
      const words of [
        ["--algorithms", "bc"],
        ["--optimizations=bc", "--bc-mode", "fast", "--bias_bitwidth", "32"],
        ["--algorithms", "bc", "--bc-activations", "--resume"],
      ]
    ) {
      const output = join(folder, "q.dlc");
      const { code, stdout, stderr } = await runCli(
        ["quantize", RESNET8, "-l", list, "-o", output, ...words],
        { permissions },
      );
      assertEquals([code, stderr.trim()], [0, ADVICE]);
      assert(stdout.startsWith(`Wrote ${output} (DLC `), stdout);
      outputs.add(crc32(await Deno.readFile(output)));
      const left = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assertEquals(left.filter((name) => name.includes("resume")), []);
    }
    assertEquals(outputs.size, 3);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("quantize refuses options of bias correction that do not go together", async () => {
  const refused = async (...words: string[]): Promise<string> => {
    const { code, stderr } = await runCli(["quantize", RESNET8, "-l", "none.txt", ...words]);
    assertEquals(code, 2);
    return stderr.trim().split("\n").at(-1) ?? "";
  };
  for (
    const [words, message] of [
      [["--resume"], "Option --resume goes with --algorithms bc only"],
      [["--bc-mode", "fast"], "Option --bc-mode goes with --algorithms bc only"],
      [["--algorithms", "bc", "--bc-mode", "x"], 'Option --bc-mode does not take "x": expected '],
      [
        ["--algorithms", "bc", "--bc-mode", "analytic", "--bc-activations"],
        "Option --bc-activations goes with --bc-mode empirical only",
      ],
    ] as const
  ) {
    const found = await refused(...words);
    assert(found.includes(message), found);
  }
});

Deno.test("quantize --algorithms bc advises only when it comes to correcting", async () => {
  const { code, stderr } = await runCli([
    ...["quantize", RESNET8, "-l", "none.txt", "--algorithms", "bc"],
    ...["-o", join(ROOT, "testdata/never.dlc")],
  ]);
  assertEquals(code, 1);
  assertEquals(stderr.includes(ADVICE), false, stderr);
});

Deno.test("correctForCommand() says after an interruption how to go on, if anything is kept", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dlcstream-test-" });
  const output = join(folder, "q.dlc");
  const told: string[] = [];
  const context: CommandContext = {
    ...{ print() {}, notify() {}, notices: [], progress: NO_PROGRESS, commandLine: "" },
    tell: (line) => told.push(line),
    signal: AbortSignal.abort(new Error("Interrupted")),
  };
  const values = parseOptions(["--algorithms=cle"], CORRECTION_OPTIONS);
  const run = () =>
    correctForCommand(() => Promise.reject(context.signal.reason), { values, output, context });
  try {
    await assertRejects(run, Error, "Interrupted");
    assertEquals(told, []);
    await Deno.writeTextFile(correctionLogPath(output), "{}\n");
    await assertRejects(run, Error, "Interrupted");
    assertEquals(told, [
      "What is done of the bias correction is kept: --resume goes on from there",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
