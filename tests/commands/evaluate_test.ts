import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { graph, integers, node, placeholder } from "../formats/tensorflow/_graph.ts";
import { makeFolder } from "../io/_temporary_folder.ts";
import { runCli } from "../support/run_cli.ts";
import { ROOT } from "../support/serve_tree.ts";

Deno.test("evaluate gives shape and batch to the network and to the reference", async () => {
  await using folder = await makeFolder();
  const path = join(folder.path, "colours.pb");
  await Deno.writeFile(
    path,
    graph([
      placeholder("image", [-1, -1, -1, 3]),
      integers("axes", [1, 2]),
      node("colours", "Mean", ["image", "axes"]),
    ]),
  );
  const words = ["evaluate", path, "--images", join(ROOT, "testdata/coco"), "--count", "2"];
  const open = await runCli([...words, "--reference", path]);
  assertEquals(open.code, 1);
  assertMatch(open.stderr, /dimension 1 of input "image" is not fixed/);
  const { code, stdout, stderr } = await runCli([
    ...[...words, "--reference", path, "--json"],
    ...["--input-dim", "image", "1,8,8,3"],
  ]);
  assertEquals([code, stderr], [0, ""]);
  const { samples, agreement } = JSON.parse(stdout);
  assertEquals([samples, agreement.value], [2, 1]);
});
