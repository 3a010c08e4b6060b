import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { calibrationFolder } from "../support/calibration_folder.ts";
import { runCliSession } from "../support/run_cli_session.ts";
import { ROOT } from "../support/serve_tree.ts";

const RESNET8 = join(ROOT, "testdata/resnet8/model.onnx");

Deno.test("cli.ts replaces none of its inputs, and writes no two outputs to one file", async () => {
  const folder = await calibrationFolder(1);
  try {
    for (const name of ["ranges.json", "overrides.json", "labels.csv"]) {
      await Deno.writeTextFile(join(folder, name), "kept");
    }
    await Deno.symlink("list.txt", join(folder, "link.txt"));
    const before = await contents(folder);
    const twice = "another output goes there, name two files";
    const cases: readonly (readonly [words: readonly string[], message: string])[] = [
      [
        ["quantize", RESNET8, "-l", "list.txt", "-o", "x.dlc", "--report", "x.dlc"],
        `"x.dlc": ${twice}`,
      ],
      [
        [
          "quantize",
          RESNET8,
          "-l",
          "list.txt",
          "-o",
          "x.dlc",
          "--report",
          `../${name(folder)}/x.dlc`,
        ],
        `"../${name(folder)}/x.dlc": ${twice}`,
      ],
      [
        ["quantize", RESNET8, "-l", "list.txt", "-o", "list.txt"],
        '"list.txt": it is the file of --input-list, name another output',
      ],
      [
        ["quantize", RESNET8, "-l", "list.txt", "-o", "link.txt"],
        '"link.txt": it is the file of --input-list, name another output',
      ],
      [
        ["quantize", RESNET8, "-l", "list.txt", "-o", "x.dlc", "--report", "list.txt"],
        '"list.txt": it is the file of --input-list, name another output',
      ],
      [
        ["quantize", RESNET8, "--ranges", "ranges.json", "-o", "ranges.json"],
        '"ranges.json": it is the file of --ranges, name another output',
      ],
      [
        [
          ...["quantize", RESNET8, "-l", "list.txt", "-o", "x.dlc", "--overrides"],
          ...["overrides.json", "--report", "overrides.json"],
        ],
        '"overrides.json": it is the file of --overrides, name another output',
      ],
      [
        ["calibrate", RESNET8, "-l", "list.txt", "-o", "./list.txt"],
        '"./list.txt": it is the file of --input-list, name another output',
      ],
      [
        ["analyze", RESNET8, "--images", ".", "--labels", "labels.csv", "-o", "labels.csv"],
        '"labels.csv": it is the file of --labels, name another output',
      ],
    ];
    const results = await runCliSession(cases.map(([words]) => words), folder);
    for (const [index, { code, stdout, stderr }] of results.entries()) {
      const [[command], message] = cases[index] ?? [[""], ""];
      assertEquals([code, stdout, stderr], [
        2,
        "",
        `dlcstream ${command}: Cannot write ${message}\n`,
      ]);
    }
    assertEquals(await contents(folder), before);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function name(folder: string): string {
  return folder.split("/").at(-1) ?? "";
}

async function contents(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    files.set(name, await Deno.readTextFile(join(folder, name)));
  }
  return files;
}
