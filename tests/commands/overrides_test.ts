import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { openModel } from "../../src/formats/mod.ts";
import type { ModelEncodings } from "../../src/graph/mod.ts";
import { calibrationFolder } from "../support/calibration_folder.ts";
import { runCli } from "../support/run_cli.ts";
import { ROOT } from "../support/serve_tree.ts";

const RESNET8 = join(ROOT, "testdata/resnet8/model.onnx");

/** Runs words in a folder; they must succeed. Gives what they told. */
async function succeed(words: readonly string[], cwd: string): Promise<string> {
  const { code, stderr } = await runCli(words, { cwd });
  assertEquals(code, 0, stderr);
  return stderr;
}

async function encodingsOf(path: string): Promise<ModelEncodings> {
  await using model = await openModel(path);
  return model.encodings;
}

/** As a file of AIMET for TensorFlow: positive offsets, words for booleans. */
const OVERRIDES = {
  activation_encodings: {
    activation: [{
      bitwidth: 8,
      is_symmetric: "False",
      max: 12.271047,
      min: -17.530067,
      offset: 150,
      scale: 0.5,
    }],
    activaton_1: [{ bitwidth: 8, min: 0, max: 1 }],
  },
  param_encodings: {
    "conv2d.weight": [{ bitwidth: 8, is_symmetric: "True", max: 0.5, min: -0.5, offset: -127 }],
    "conv2d_1.weight": [{ bitwidth: 8, is_symmetric: "True", scale: 0.01, offset: 128 }],
  },
};

Deno.test("cli.ts stores overrides at conversion and quantizes with them, or with a file", async (t) => {
  const folder = await calibrationFolder(2);
  const path = (name: string): string => join(folder, name);
  try {
    await Deno.writeTextFile(path("o.json"), JSON.stringify(OVERRIDES));
    await t.step("convert tells what matches nothing, and what is recomputed", async () => {
      assertEquals(
        await succeed(
          ["convert", RESNET8, "-o", "m.dlc", "--quantization_overrides", "o.json"],
          folder,
        ),
        'The encoding of "conv2d.weight" is strict symmetric (offset -127); it will be recomputed ' +
          "with offset -128\n" +
          'The override of "activaton_1" matches no tensor; the nearest names are "activation_1", ' +
          '"activation_2", "activation_3"\n' +
          "Wrote m.dlc (DLC 3.0)\n",
      );
    });
    await t.step("convert and info show what quantize can use", async () => {
      const given = "2 of activations and 2 of parameters, which quantize --override-params uses";
      const words = ["convert", RESNET8, "-o", "m.dlc", "--quantization_overrides", "o.json"];
      const { stdout } = await runCli(words, { cwd: folder });
      assertMatch(stdout, new RegExp(`; encodings that came along: ${given}\n$`));
      const table = await runCli(["info", "m.dlc"], { cwd: folder });
      assertMatch(table.stdout, new RegExp(`^Encodings that came along: ${given}$`, "m"));
      const { overrides } = JSON.parse(
        (await runCli(["info", "m.dlc", "--json"], { cwd: folder })).stdout,
      );
      assertEquals(Object.keys(overrides.parameters), ["conv2d.weight", "conv2d_1.weight"]);
      assertAlmostEquals(overrides.activations.activation.encodings[0].min, -17.530067, 1e-6);
    });
    const list = ["-l", "list.txt"];
    await t.step("quantize --override-params", async () => {
      await succeed(["quantize", "m.dlc", ...list, "--override_params", "-o", "q.dlc"], folder);
      const { stdout } = await runCli(["info", "q.dlc"], { cwd: folder });
      assertEquals(stdout.includes("came along"), false);
      const { activations, parameters } = await encodingsOf(path("q.dlc"));
      const [activation] = activations.get("activation")?.encodings ?? [];
      // A real log shows this step and offset for the range.
      assertAlmostEquals(activation?.scale ?? NaN, 0.116867, 1e-6);
      assertEquals(activation?.offset, -150);
      const [strict] = parameters.get("conv2d.weight")?.encodings ?? [];
      assertAlmostEquals(strict?.scale ?? NaN, 0.5 / 127, 1e-8);
      assertEquals(strict?.offset, -128);
      const [symmetric] = parameters.get("conv2d_1.weight")?.encodings ?? [];
      assertAlmostEquals(symmetric?.scale ?? NaN, 0.01, 1e-8);
      assertEquals(symmetric?.offset, -128);
      assertEquals([activations.size > 10, parameters.size], [true, 20]);
    });
    await t.step("without --override-params they are not used", async () => {
      await succeed(["quantize", "m.dlc", ...list, "-o", "plain.dlc"], folder);
      const { activations } = await encodingsOf(path("plain.dlc"));
      assert(activations.get("activation")?.encodings[0]?.offset !== -150);
    });
    await t.step("quantize --overrides FILE does the same", async () => {
      await succeed(["convert", RESNET8, "-o", "bare.dlc"], folder);
      const words = ["quantize", "bare.dlc", ...list, "--overrides", "o.json", "-o", "direct.dlc"];
      assertMatch(await succeed(words, folder), /"activaton_1" matches no tensor; the nearest/);
      assertEquals(await encodingsOf(path("direct.dlc")), await encodingsOf(path("q.dlc")));
    });
    await t.step("equalization leaves layers with given encodings alone", async () => {
      const words = ["--override_params", "--algorithms", "cle"];
      const told = await succeed(["quantize", "m.dlc", ...list, ...words, "-o", "e.dlc"], folder);
      assertMatch(told, /^Equalized 2 pairs of layers \(5 layers left alone\)/m);
      const { parameters } = await encodingsOf(path("e.dlc"));
      const [given] = parameters.get("conv2d_1.weight")?.encodings ?? [];
      assertAlmostEquals(given?.scale ?? NaN, 0.01, 1e-8);
      const { stdout } = await runCli(
        ["info", "m.dlc", "--cle", "--override-params", "--json"],
        { cwd: folder },
      );
      const reason = 'the encoding of "conv2d_1.weight" is given by an override';
      assertEquals(JSON.parse(stdout).layerSets.skipped.slice(1, 3), [
        { layer: "conv2d_1", reason },
        { layer: "conv2d_2", reason: 'Add "add" reads "batch_normalization_2"' },
      ]);
      assertEquals(await runCli(["info", "m.dlc", "--override-params"], { cwd: folder }), {
        code: 2,
        stdout: "",
        stderr: "dlcstream info: Options --override-params and --overrides go with --cle only\n",
      });
    });
    await t.step("exported encodings of any version give the same network again", async () => {
      for (const version of ["0.6.1", "1.0.0", "2.0.0"]) {
        const file = `${version}.json`;
        await succeed([
          ...["export", "q.dlc", "--format", "encodings", "-o", file],
          ...["--encodings-version", version],
        ], folder);
        await succeed(
          ["quantize", "bare.dlc", ...list, "--overrides", file, "-o", "r.dlc"],
          folder,
        );
        assertSameGrids(await encodingsOf(path("r.dlc")), await encodingsOf(path("q.dlc")));
      }
    });
    await t.step("encodings of QuantizeLinear nodes take the same road", async () => {
      await succeed(["export", "q.dlc", "--format", "onnx", "-o", "qdq.onnx"], folder);
      await succeed(["convert", "qdq.onnx", "-o", "qdq.dlc"], folder);
      await succeed(
        ["quantize", "qdq.dlc", ...list, "--override_params", "-o", "again.dlc"],
        folder,
      );
      const again = await encodingsOf(path("again.dlc"));
      const { activations } = await encodingsOf(path("q.dlc"));
      assertSameGrids({ activations: again.activations, parameters: new Map() }, {
        activations,
        parameters: new Map(),
      });
      assertEquals(again.parameters.size, 20);
    });
    await t.step("quantize --float-fallback", async () => {
      const words = ["quantize", "m.dlc", "--override_params", "--float_fallback", "-o", "f.dlc"];
      assertMatch(await succeed(words, folder), /matches no tensor/);
      await using model = await openModel(path("f.dlc"));
      assertEquals(model.encodings.activations.keys().toArray(), ["activation"]);
      assertEquals(model.metadata.format, "dlc 4.1");
      const half = [...words.slice(0, -1), "h.dlc", "--float_bitwidth", "16"];
      await succeed(half, folder);
      const bytes = async (name: string): Promise<number> => (await Deno.stat(path(name))).size;
      assert(await bytes("h.dlc") < 0.7 * await bytes("f.dlc"));
      await using halved = await openModel(path("h.dlc"));
      assertEquals(halved.initializers.get("conv2d_2.weight")?.storedDtype, "float16");
      await succeed(["run", "h.dlc", ...list, "--output-dir", "out"], folder);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The files keep 32-bit floats. */
function assertSameGrids(found: ModelEncodings, expected: ModelEncodings): void {
  for (const section of ["activations", "parameters"] as const) {
    assertEquals([...found[section].keys()], [...expected[section].keys()]);
    for (const [name, { encodings }] of expected[section]) {
      const [other] = found[section].get(name)?.encodings ?? [];
      const [own] = encodings;
      assertEquals([other?.bitwidth, other?.offset], [own?.bitwidth, own?.offset], name);
      assertAlmostEquals((other?.scale ?? NaN) / (own?.scale ?? NaN), 1, 1e-6, name);
    }
  }
}

/** Files that are refused, with the one line that is told. */
const REFUSED: readonly (readonly [string, string])[] = [
  [
    '{"param_encodings":{}}',
    'Cannot read encodings "o.json": the document has no "activation_encodings", expected both ' +
    "activation_encodings and param_encodings",
  ],
  [
    '{"activation_encodings":{"activation":[{"bitwidth":8,"min":"a","max":1}]},"param_encodings":{}}',
    'Cannot read encodings "o.json": activation_encodings "activation" entry 0 has min "a", ' +
    "expected a finite number",
  ],
  [
    '{"activation_encodings":{"activation":[{"bitwidth":8,"min":2,"max":1}]},"param_encodings":{}}',
    'Cannot read encodings "o.json": activation_encodings "activation" entry 0 has min 2 and max ' +
    "1, expected min <= max",
  ],
  [
    '{"activation_encodings":{"activation":[{"bitwidth":8,"scale":0,"offset":0}]},' +
    '"param_encodings":{}}',
    'Cannot read encodings "o.json": activation_encodings "activation" entry 0 has scale 0, ' +
    "expected a positive number",
  ],
  [
    '{"activation_encodings":{"activation":[{"bitwidth":7,"min":0,"max":1}]},"param_encodings":{}}',
    'Cannot use the override of "activation": bit width 7, expected one of 4, 8, 16, 32',
  ],
  [
    "[".repeat(100_000),
    'Cannot read encodings "o.json": nested deeper than 32 levels at byte 32',
  ],
];

for (const [text, message] of REFUSED) {
  Deno.test(`cli.ts convert refuses overrides: ${message.slice(0, 90)}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "dlcstream-test-" });
    try {
      await Deno.writeTextFile(join(folder, "o.json"), text);
      const words = ["convert", RESNET8, "-o", "m.dlc", "--quantization-overrides", "o.json"];
      const { code, stdout, stderr } = await runCli(words, { cwd: folder });
      assertEquals([code, stdout, stderr], [1, "", `dlcstream convert: ${message}\n`]);
      const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assertEquals(names, ["o.json"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Words behind `quantize MODEL` that do not go together, and the line that is told. */
const WRONG_USE: readonly (readonly [readonly string[], string])[] = [
  [
    ["--float-fallback"],
    'Cannot quantize "network" with float fallback: there are no overrides',
  ],
  [
    ["--float-fallback", "-l", "list.txt"],
    "Option --float-fallback takes no --input-list: overrides say everything",
  ],
  [
    ["-l", "list.txt", "--float-bitwidth", "16"],
    "Option --float-bitwidth 16 goes with --float-fallback only",
  ],
];

Deno.test("cli.ts quantize names overrides and inputs that do not go together", async () => {
  const folder = await calibrationFolder(1);
  try {
    await succeed(["convert", RESNET8, "-o", "m.dlc"], folder);
    for (const [words, message] of WRONG_USE) {
      const { code, stdout, stderr } = await runCli(["quantize", "m.dlc", ...words], {
        cwd: folder,
      });
      assertEquals([code, stdout, stderr], [2, "", `dlcstream quantize: ${message}\n`]);
    }
    const { code, stderr } = await runCli(
      ["calibrate", "m.dlc", "-l", "list.txt", "--skip", "1"],
      { cwd: folder },
    );
    assertEquals([code, stderr], [
      1,
      'dlcstream calibrate: Cannot calibrate with "list.txt": no sample of its 1 is left by --skip ' +
      "and --count\n",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
