import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { ANALYZE } from "../../src/commands/analyze.ts";
import { calibrationFolder } from "../support/calibration_folder.ts";
import { runCli } from "../support/run_cli.ts";
import { ROOT } from "../support/serve_tree.ts";

const RESNET8 = join(ROOT, "testdata/resnet8/model.onnx");

Deno.test("cli.ts analyze writes a page and a document with the permissions it names", async () => {
  const folder = await calibrationFolder(3);
  const list = join(folder, "list.txt");
  const page = join(folder, "report.html");
  const permissions = ANALYZE.permissions.split(" ");
  try {
    const { code, stdout, stderr } = await runCli(
      [
        ...["analyze", RESNET8, "--input-list", list, "--samples", "1", "-o", page, "--json"],
        ...["--algorithms", "cle", "--cle-scales", "ranges"],
      ],
      { permissions },
    );
    assertEquals([code, stderr], [0, ""]);
    const { networks, ...about } = JSON.parse(stdout);
    assertEquals(about, {
      ...{ model: "resnet8_cifar10", layers: 23, parameters: 77706, macs: 12501632 },
      ...{ output: "dense", samples: 3, measuredSamples: 1, notices: [] },
    });
    assertEquals(
      networks.map((network: { optimizations: string[] }) => network.optimizations),
      [[], ["cle"]],
    );
    assertEquals(networks[1].equalization.scales, "ranges");
    for (const { sensitivity, values, weights, evaluation } of networks) {
      assertEquals(weights.length, 10);
      const layers = sensitivity.filter(({ weights }: { weights?: unknown }) => weights);
      assertEquals(layers.length, 10);
      for (const layer of layers) assert(layer.weights.sqnr > 10 && layer.weights.sqnr < 160);
      // Pixels are whole numbers to 255: nothing is lost of them.
      assertEquals([values[0].sqnr, sensitivity[0].activations.sqnr], [null, null]);
      for (const { sqnr } of values.slice(1)) assert(sqnr > 10 && sqnr < 80);
      assertEquals(evaluation.agreement.total, 3);
    }
    const text = await Deno.readTextFile(page);
    assertEquals(text.match(/<svg /g)?.length, 3 + 10);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("cli.ts analyze takes photos and prints the worst layers", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dlcstream-test-" });
  const page = join(folder, "page.html");
  try {
    const { code, stdout, stderr } = await runCli([
      ...["analyze", RESNET8, "--images", join(ROOT, "testdata/coco"), "--count", "2"],
      ...["--samples", "1", "--resize", "32x32", "-o", page],
    ]);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^\| quantized \| +\d+\.\d\d dB \| +\d+\.00 % \| +\|$/m);
    assertEquals(stdout.match(/^\| \S+ +\| \w+ +\| (weights|activations) +\|/gm)?.length, 10);
    assertStringIncludes(stdout, "over 1 sample; the worst layers");
    assertStringIncludes(stdout, `Wrote ${page}\n`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const [words, message] of [
    [[], "Option --input-list or --images is missing, see --help"],
    [["-l", "list.txt", "--labels", "l.csv"], "Option --labels goes with --images only"],
    [["-l", "list.txt", "--images", "val"], "Options --images and --input-list exclude each other"],
    [["-l", "l", "-o", RESNET8], `Cannot write "${RESNET8}": it is the input, name another output`],
    [["-l", "l", "--relu6", "keep"], "Option --relu6 goes with --algorithms cle only"],
    [
      ["-l", "l", "--samples", "x"],
      'Option --samples does not take "x": expected an integer from 0',
    ],
  ] as const
) {
  Deno.test(`cli.ts analyze ${words.join(" ").replace(RESNET8, "MODEL")} is wrong use`, async () => {
    const { code, stdout, stderr } = await runCli(["analyze", RESNET8, ...words]);
    assertEquals([code, stdout, stderr], [2, "", `dlcstream analyze: ${message}\n`]);
  });
}
