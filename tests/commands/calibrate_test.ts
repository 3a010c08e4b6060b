import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { openMembers, readArchive } from "../../src/formats/dlc/zip/mod.ts";
import { openSource } from "../../src/io/mod.ts";
import { calibrationFolder } from "../support/calibration_folder.ts";
import { runCli } from "../support/run_cli.ts";
import { ROOT } from "../support/serve_tree.ts";

const RESNET8 = join(ROOT, "testdata/resnet8/model.onnx");

/** Runs words in a folder; they must succeed. */
async function succeed(words: readonly string[], cwd: string): Promise<void> {
  const { code, stderr } = await runCli(words, { cwd });
  assertEquals([code, stderr.startsWith("dlcstream")], [0, false], stderr);
}

/** The content of every member; of the metadata all lines but the command that quantized. */
async function membersWithoutCommand(bytes: Uint8Array): Promise<Map<string, unknown>> {
  await using source = await openSource(bytes);
  const members = new Map<string, unknown>();
  for (const [name, member] of await openMembers(await readArchive(source))) {
    const content = new Uint8Array(member.byteLength);
    await member.source.read(content, member.offset);
    members.set(
      name,
      name === "dlc.metadata"
        ? new TextDecoder().decode(content).split("\n").filter((line) =>
          !line.startsWith("quantizer-command")
        )
        : content,
    );
  }
  return members;
}

for (const mode of ["tf", "percentile"]) {
  Deno.test(`cli.ts calibrate --act-quantizer ${mode} over thirds of a list gives, merged, the DLC of one process, byte for byte`, () =>
    compareThirds(["--act-quantizer", mode]));
}

async function compareThirds(mode: readonly string[]): Promise<void> {
  const one = await calibrationFolder(6);
  const three = await Deno.makeTempDir({ prefix: "dlcstream-test-" });
  const read = (folder: string, name: string): Promise<Uint8Array> =>
    Deno.readFile(join(folder, name));
  try {
    await succeed(["convert", RESNET8, "-o", join(one, "m.dlc")], one);
    await Deno.copyFile(join(one, "m.dlc"), join(three, "m.dlc"));
    const list = ["--input-list", join(one, "list.txt"), ...mode];
    await Promise.all([
      succeed(["calibrate", "m.dlc", ...list, "-o", "ranges.json"], one),
      ...[0, 1, 2].map((third) =>
        succeed(
          [
            ...["calibrate", "m.dlc", ...list, "--skip", String(2 * third), "--count", "2"],
            ...["-o", `${third}.json`],
          ],
          three,
        )
      ),
    ]);
    await succeed(["merge", "2.json", "0.json", "1.json", "-o", "ranges.json"], three);
    assertEquals(await read(three, "ranges.json"), await read(one, "ranges.json"));
    assertNotEquals(await read(three, "0.json"), await read(one, "ranges.json"));

    // The command line is stored in the file: here it is the same in both folders.
    const quantize = ["quantize", "m.dlc", "--ranges", "ranges.json", "-o", "q.dlc", ...mode];
    await Promise.all([one, three].map((folder) => succeed(quantize, folder)));
    assertEquals(await read(three, "q.dlc"), await read(one, "q.dlc"));

    // In one go everything but the stored command line is the same.
    await succeed(["quantize", "m.dlc", ...list, "-o", "direct.dlc"], one);
    const direct = await membersWithoutCommand(await read(one, "direct.dlc"));
    const split = await membersWithoutCommand(await read(three, "q.dlc"));
    assertEquals([...direct.keys()], [...split.keys()]);
    assertEquals(direct, split);
  } finally {
    for (const folder of [one, three]) await Deno.remove(folder, { recursive: true });
  }
}

/** A calibration as calibrate writes it. */
function state(changes: object): string {
  return JSON.stringify({
    format: "dlcstream calibration",
    version: 1,
    model: "m",
    method: "tf",
    samples: 1,
    observers: { x: { kind: "min-max", min: 0, max: 1 } },
    ...changes,
  });
}

Deno.test("cli.ts merge refuses what does not belong together, and writes nothing", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dlcstream-test-" });
  try {
    await Deno.writeTextFile(join(folder, "a.json"), state({}));
    const cases: readonly (readonly [string, number, string])[] = [
      [
        state({ model: "n" }),
        2,
        'Cannot merge "b.json" into "a.json": they are of different networks',
      ],
      [
        state({ method: "percentile", observers: {} }),
        2,
        'Cannot merge "b.json" into "a.json": one is by "tf", the other by "percentile"',
      ],
      [
        state({ observers: {} }),
        2,
        'Cannot merge "b.json" into "a.json": only one observed "x"',
      ],
      [
        state({ version: 7 }),
        1,
        'Cannot read calibration "b.json": Cannot restore a calibration: found format ' +
        '"dlcstream calibration" version 7, expected "dlcstream calibration" version 1',
      ],
      ["{}}", 1, 'Cannot read calibration "b.json": it is not JSON from character 2 on'],
    ];
    for (const [other, expected, message] of cases) {
      await Deno.writeTextFile(join(folder, "b.json"), other);
      const { code, stdout, stderr } = await runCli(["merge", "a.json", "b.json", "-o", "c.json"], {
        cwd: folder,
      });
      assertEquals([code, stdout, stderr], [expected, "", `dlcstream merge: ${message}\n`]);
    }
    const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    assertEquals(names.sort(), ["a.json", "b.json"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("cli.ts calibrate takes no option that only quantize can follow", async () => {
  const cases = [
    ["--act-quantizer-schema", "symmetric", " the nearest is --act-quantizer,"],
    ["--percentile-calibration-value", "99", ""],
  ];
  for (const [option = "", value = "", hint] of cases) {
    const { code, stderr } = await runCli(["calibrate", RESNET8, "-l", "list.txt", option, value]);
    assertEquals([code, stderr], [
      2,
      `dlcstream calibrate: Unknown option ${option}:${hint} see --help\n`,
    ]);
  }
});
