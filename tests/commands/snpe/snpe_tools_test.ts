import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { SNPE_TOOLS } from "../../../src/commands/snpe/snpe_tools.ts";
import { VERSION } from "../../../src/version.ts";
import { calibrationFolder } from "../../support/calibration_folder.ts";
import { runCli } from "../../support/run_cli.ts";
import { ROOT } from "../../support/serve_tree.ts";

const RESNET8 = join(ROOT, "testdata/resnet8/model.onnx");

Deno.test("cli.ts converts, quantizes, shows and runs under the names of SNPE's tools", async () => {
  const folder = await calibrationFolder(2);
  const succeed = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCli(words, { cwd: folder });
    assertEquals(code, 0, stderr);
    return stdout;
  };
  try {
    await succeed(
      "snpe-onnx-to-dlc",
      ...["--input_network", RESNET8, "--output_path=m.dlc", "-d", "input_1", "1,3,32,32"],
    );
    await succeed(
      "snpe-dlc-quantize",
      ...["--input_dlc=m.dlc", "--input_list", "list.txt", "--use_enhanced_quantizer", "weights"],
    );
    const info = await succeed("snpe-dlc-info", "-i", "m_quantized.dlc", "-s", "layers.csv");
    assertMatch(info, /Quantized: yes/);
    assertMatch(info, /quantizerCommand: dlcstream snpe-dlc-quantize --input_dlc=m\.dlc/);
    await succeed("snpe-net-run", "--container", "m_quantized.dlc", "--input_list", "list.txt");
    assertEquals((await Deno.stat(join(folder, "output/Result_1/dense.raw"))).size, 40);
    // The result of the same words under our own name.
    await succeed(
      "quantize",
      ...["m.dlc", "-l", "list.txt", "--param-quantizer", "enhanced", "-o", "own.dlc", "--json"],
    );
    await succeed(
      "qairt-quantizer",
      ...["-i", "m.dlc", "-l", "list.txt", "-o", "dumped.dlc", "--dump_encoding_json"],
    );
    await succeed("export", "dumped.dlc", "--format", "encodings", "-o", "exported.json");
    const [dumped, exported] = await Promise.all(
      ["dumped_encoding.json", "exported.json"].map((name) =>
        Deno.readTextFile(join(folder, name))
      ),
    );
    assertEquals(dumped, exported);
    const tensors = async (path: string): Promise<unknown> =>
      JSON.parse(await succeed("info", path, "--json")).layers;
    assertEquals(await tensors("m_quantized.dlc"), await tensors("own.dlc"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("cli.ts shows for every tool of SNPE what its options become", async () => {
  for (const { names: [name = ""], options } of SNPE_TOOLS) {
    const { code, stdout } = await runCli([name, "--help"]);
    assertEquals(code, 0);
    for (const { names } of options) assertStringIncludes(stdout, names[0] ?? "");
  }
  assertEquals((await runCli(["snpe-net-run", "--version"])).stdout, `${VERSION}\n`);
});

Deno.test("cli.ts refuses options of hardware under either name", async () => {
  for (const name of ["snpe-dlc-quantize", "quantize"]) {
    const { code, stdout, stderr } = await runCli([name, "a.dlc", "--enable_hta"]);
    assertEquals([code, stdout], [2, ""]);
    assertEquals(
      stderr,
      `dlcstream ${name}: Option --enable_hta is refused: caches for one device are compiled by ` +
        "Qualcomm's snpe-dlc-graph-prepare, which takes the result of this command\n",
    );
  }
});

Deno.test("cli.ts names the word that is too many beside an option for the model", async () => {
  const given = ["snpe-dlc-quantize", "--input_dlc=v.dlc", "--input_list", "l.txt"];
  for (
    const [words, extra] of [
      [["--use_enhanced_quantizer", "foo"], "foo"],
      [["--optimizations", "cle", "bc"], "bc"],
      [["extra.dlc"], "extra.dlc"],
    ] as const
  ) {
    const { code, stderr } = await runCli([...given, ...words]);
    assertEquals([code, stderr], [
      2,
      `dlcstream snpe-dlc-quantize: Unexpected argument "${extra}", see --help\n`,
    ]);
  }
});
