import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { crc32 } from "../../src/io/mod.ts";
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
