import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { COMMANDS } from "../src/commands/mod.ts";
import { calibrationFolder } from "./support/calibration_folder.ts";
import { runCli } from "./support/run_cli.ts";
import { ROOT } from "./support/serve_tree.ts";

const RESNET8 = join(ROOT, "testdata/resnet8/model.onnx");
const MOBILENET = join(ROOT, "testdata/mobilenet_v2/model.onnx");
const CIFAR = join(ROOT, "testdata/cifar10/test_500.bin");
const ABS_QUANTIZED = join(ROOT, "testdata/dlc/test_abs_q.dlc");

Deno.test("cli.ts converts, quantizes, shows, runs and exports with the permissions it names", async (t) => {
  const folder = await calibrationFolder(4);
  const path = (name: string): string => join(folder, name);
  const permissions = (name: string): string[] =>
    COMMANDS.find((command) => command.name === name)?.permissions.split(" ") ?? [];
  try {
    await t.step("convert", async () => {
      const { code, stdout, stderr } = await runCli(
        ["convert", RESNET8, "-o", path("m.dlc"), "--model-version", "v7"],
        { permissions: permissions("convert") },
      );
      assertEquals([code, stderr], [0, `Wrote ${path("m.dlc")} (DLC 3.0)\n`]);
      assertStringIncludes(stdout, "23 layers, 77706 parameters, 12501632 MACs");
    });
    await t.step("quantize", async () => {
      const { code, stdout } = await runCli(
        [
          "quantize",
          path("m.dlc"),
          "--input_list",
          path("list.txt"),
          "-o",
          path("q.dlc"),
          "--json",
        ],
        { permissions: permissions("quantize") },
      );
      assertEquals(code, 0);
      const report = JSON.parse(stdout);
      assertEquals([report.parameters, report.samples, report.dlcVersion], [20, 4, "3.0"]);
      assert(report.outputBytes < report.inputBytes / 2);
      const weights = report.tensors.filter((tensor: { role: string }) => tensor.role === "weight");
      assertEquals(weights.length, 10);
      for (const { sqnr } of weights) assert(sqnr > 30 && sqnr < 60, `SQNR ${sqnr}`);
    });
    await t.step("quantize --report", async () => {
      const { code, stdout } = await runCli([
        ...["quantize", path("m.dlc"), "-l", path("list.txt"), "-o", path("r.dlc")],
        ...["--report", path("report.json"), "--act-quantizer", "percentile"],
      ], { permissions: permissions("quantize") });
      assertEquals(code, 0);
      assertEquals(stdout.match(/^\| \S+ +\| (weight|bias) /gm)?.length, 10);
      const { tensors } = JSON.parse(await Deno.readTextFile(path("report.json")));
      for (const { role, origin, encoding, range, method, clipped, sqnr } of tensors) {
        assert(encoding.encodings.length === 1);
        if (origin === "observed") assert(range.min <= range.max && method !== undefined);
        if (role === "activation") assert(origin !== "observed" || clipped <= 0.01);
        else assert(clipped === 0 && sqnr > 20);
      }
    });
    await t.step("quantize straight from ONNX with the WebAssembly engine", async () => {
      const { code, stderr } = await runCli(
        ["quantize", RESNET8, "-l", path("list.txt"), "-o", path("w.dlc"), "--engine", "wasm"],
        { permissions: permissions("quantize").filter((flag) => flag !== "--allow-ffi") },
      );
      assertEquals([code, stderr], [0, ""]);
    });
    await t.step("quantize a network with many values with the WebAssembly engine", async () => {
      await Deno.writeFile(path("photo.raw"), new Uint8Array(4 * 3 * 224 * 224));
      await Deno.writeTextFile(path("photo.txt"), `${path("photo.raw")}\n`);
      const { code, stderr } = await runCli(
        [
          ...["quantize", MOBILENET, "-l", path("photo.txt"), "-o", path("n.dlc")],
          ...["--engine", "wasm"],
        ],
        // With several threads the engine never came back from this graph.
        { signal: AbortSignal.timeout(120_000) },
      );
      assertEquals([code, stderr], [0, ""]);
    });
    await t.step("info", async () => {
      const { code, stdout } = await runCli(["info", path("q.dlc"), "--json"], {
        permissions: permissions("info"),
      });
      assertEquals(code, 0);
      const info = JSON.parse(stdout);
      assertEquals([info.quantized, info.layers.length, info.metadata.modelVersion], [
        true,
        23,
        "v7",
      ]);
      assertStringIncludes(info.metadata.quantizerCommand, "dlcstream quantize");
    });
    await t.step("info --cle", async () => {
      const { code, stdout } = await runCli(["info", RESNET8, "--cle", "--json"]);
      assertEquals(code, 0);
      const { sets, skipped } = JSON.parse(stdout).layerSets;
      assertEquals(sets.map(({ layers }: { layers: string[] }) => layers.join(" ")), [
        "conv2d_1 conv2d_2",
        "conv2d_3 conv2d_4",
        "conv2d_6 conv2d_7",
      ]);
      assertEquals(skipped[0], { layer: "conv2d", reason: '"activation" is read by 2 nodes' });
    });
    await t.step("quantize with equalization and bias correction", async () => {
      const { code, stdout, stderr } = await runCli([
        ...["quantize", path("m.dlc"), "-l", path("list.txt"), "-o", path("e.dlc"), "--json"],
        ...["--optimizations", "cle", "--optimizations=bc", "--bias_bitwidth", "32"],
      ]);
      assertEquals(code, 0, stderr);
      assertMatch(stderr, /^Equalized 3 pairs of layers \(3 layers left alone\)/m);
      assertEquals(JSON.parse(stdout).equalization.links.length, 3);
    });
    await t.step("info --csv", async () => {
      const { code } = await runCli(["info", path("q.dlc"), "--csv", path("layers.csv")]);
      assertEquals(code, 0);
      const lines = (await Deno.readTextFile(path("layers.csv"))).trim().split(/\r?\n/);
      assertEquals(lines.length, 24);
      assertMatch(lines[1] ?? "", /^0,conv2d,Conv,input_1,/);
    });
    await t.step("run", async () => {
      const { code } = await runCli(
        ["run", path("q.dlc"), "--input-list", path("list.txt"), "--output-dir", path("out")],
        { permissions: permissions("run") },
      );
      assertEquals(code, 0);
      const scores = new Float32Array((await Deno.readFile(path("out/Result_3/dense.raw"))).buffer);
      assertEquals(scores.length, 10);
      assert(Math.abs(scores.reduce((sum, score) => sum + score, 0) - 1) < 0.05);
    });
    await t.step("export", async () => {
      const options = { permissions: permissions("export") };
      const onnx = await runCli(
        ["export", path("q.dlc"), "--format", "onnx", "-o", path("q.onnx")],
        options,
      );
      assertEquals([onnx.code, onnx.stderr], [0, `Wrote ${path("q.onnx")}\n`]);
      const json = await runCli(
        ["export", path("q.dlc"), "--format", "encodings", "-o", path("e.json")],
        options,
      );
      assertEquals(json.code, 0);
      const encodings = JSON.parse(await Deno.readTextFile(path("e.json")));
      assertEquals(Object.keys(encodings.param_encodings).length, 20);
    });
    await t.step("quantize refuses a quantized DLC and writes nothing", async () => {
      const { code, stdout, stderr } = await runCli(
        ["quantize", path("q.dlc"), "--input-list", path("list.txt"), "-o", path("qq.dlc")],
      );
      assertEquals([code, stdout], [1, ""]);
      assertMatch(
        stderr,
        /^dlcstream quantize: Cannot use .* as a float network: it is already quantized .*\n$/,
      );
      const left = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assertEquals(left.filter((name) => name.includes("qq") || name.includes("partial")), []);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("cli.ts evaluates photos against a reference with the permissions it names", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dlcstream-test-" });
  try {
    const names = (await Array.fromAsync(Deno.readDir(join(ROOT, "testdata/coco"))))
      .map(({ name }) => name).sort().slice(0, 3);
    const labels = join(folder, "labels.txt");
    await Deno.writeTextFile(labels, names.map((name) => `${name} 1\n`).join(""));
    const { code, stdout, stderr } = await runCli([
      "evaluate",
      RESNET8,
      ...["--images", join(ROOT, "testdata/coco"), "--count", "3", "--labels", labels],
      ...["--reference", RESNET8, "--json"],
    ], { permissions: ["--allow-read", "--allow-env", "--allow-ffi"] });
    assertEquals([code, stderr], [0, ""]);
    const { samples, agreement, top1, top5 } = JSON.parse(stdout);
    assertEquals([samples, agreement.value, top1.total, top5.total], [3, 1, 3, 3]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Wrong command lines and files: words, exit code, the one line on stderr. */
const REFUSALS: readonly (readonly [readonly string[], number, RegExp])[] = [
  [["quantise"], 2, /Unknown command "quantise": the nearest is "quantize"/],
  [["info"], 2, /The model file is missing/],
  [["info", "a", "b"], 2, /Unexpected argument "b"/],
  [["info", "--jsn", "x"], 2, /Unknown option --jsn: the nearest is --json/],
  [["info", "no-such-file.dlc"], 1, /no-such-file\.dlc/],
  [
    ["info", CIFAR],
    1,
    /Cannot open model ".*": its first bytes are .*, expected a DLC archive, an ONNX model/,
  ],
  [["convert", RESNET8, "--dry-run", "-d", "input_1", "1,x"], 2, /Dimensions "1,x" of "input_1"/],
  [
    ["convert", RESNET8, "--dry-run", "--out-node", "dens"],
    1,
    /output "dens" .* nearest is "dense"/,
  ],
  [["quantize", RESNET8], 2, /Option --input-list is missing/],
  [["quantize", RESNET8, "-l", "none.txt"], 1, /none\.txt/],
  [["quantize", RESNET8, "--ranges", "a", "-l", "b"], 2, /--ranges and --input-list exclude/],
  [["calibrate", RESNET8], 2, /Option --input-list is missing/],
  [["merge", "a.json", "-o", "c.json"], 2, /Two or more files of calibrate are expected/],
  [["export", RESNET8, "--format", "encodings", "-o", "x"], 2, /it is a float model/],
  [["run", ABS_QUANTIZED, "-l", "none.txt"], 1, /none\.txt/],
  [["evaluate", RESNET8, "--images", "no-such-folder"], 1, /no-such-folder/],
];

for (const [words, expected, message] of REFUSALS) {
  Deno.test(`cli.ts answers ${words.join(" ").replaceAll(ROOT, "")} with one line and code ${expected}`, async () => {
    const { code, stdout, stderr } = await runCli(words);
    assertEquals(stdout, "");
    assertMatch(stderr, message);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    assertEquals(code, expected, stderr);
  });
}

Deno.test("cli.ts --help shows purpose, examples, options and permissions of every command", async () => {
  for (const command of COMMANDS) {
    const { code, stdout } = await runCli([command.name, "--help"]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, command.summary);
    for (const { name } of command.options) assertStringIncludes(stdout, `--${name}`);
    assert((stdout.match(/^ {2}dlcstream /gm)?.length ?? 0) >= 3);
  }
});
