import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { encodeOnnx } from "../../src/formats/onnx/mod.ts";
import type { Node } from "../../src/graph/mod.ts";
import { runCli } from "../support/run_cli.ts";

/** A folder with `m.onnx`, one node over input `x` of [6, 4]. */
async function withModel(
  node: Pick<Node, "operator" | "attributes">,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dlcstream-test-" });
  const bytes = encodeOnnx({
    name: "fixed",
    nodes: [{ ...node, name: "node", inputs: ["x"], outputs: ["y"] }],
    inputs: [{ name: "x", dtype: "float32", shape: [6, 4] }],
    outputs: [{ name: "y", dtype: "float32", shape: [6, 4] }],
    initializers: new Map(),
  });
  try {
    await Deno.writeFile(join(folder, "m.onnx"), bytes);
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const SIGMOID = { operator: "Sigmoid", attributes: {} };

const NOTICE = 'Input "x" is [6, 4] in the file and becomes [1, 4] (--batch 1, the default); ' +
  "--input-dim x 6,4 keeps it";

Deno.test("cli.ts tells of an input whose fixed first dimension it changes", async () => {
  await withModel(SIGMOID, async (cwd) => {
    const { stdout, stderr } = await runCli(["convert", "m.onnx", "--json"], { cwd });
    assertEquals(stderr, `${NOTICE}\nWrote m.dlc (DLC 3.0)\n`);
    const { inputs, notices } = JSON.parse(stdout);
    assertEquals([inputs[0].shape, notices], [[1, 4], [NOTICE]]);
    const info = await runCli(["info", "m.onnx", "--json"], { cwd });
    assertEquals([info.stderr, JSON.parse(info.stdout).notices], [`${NOTICE}\n`, [NOTICE]]);
  });
});

Deno.test("cli.ts says nothing of a dimension that stays, or that was asked for", async () => {
  await withModel(SIGMOID, async (cwd) => {
    for (
      const [words, shape] of [
        [["-d", "x", "6,4"], [6, 4]],
        [["--batch", "6"], [6, 4]],
        [["--batch", "1"], [1, 4]],
      ] as const
    ) {
      const { stdout, stderr } = await runCli(["info", "m.onnx", "--json", ...words], { cwd });
      const { inputs, notices } = JSON.parse(stdout);
      assertEquals([inputs[0].shape, stderr, notices], [shape, "", []]);
    }
  });
});

Deno.test("cli.ts convert --json prints problems as JSON, too", async () => {
  await withModel({ operator: "Hardmax", attributes: {} }, async (cwd) => {
    const words = ["convert", "m.onnx", "--batch", "6", "--dry-run", "--json"];
    const { code, stdout, stderr } = await runCli(words, { cwd });
    const problem = 'Cannot convert node "node" (Hardmax): a DLC has no such operator; ' +
      "a network that ends before it (--out-node) would work";
    assertEquals([code, stderr], [1, `dlcstream convert: ${problem}\n`]);
    assertEquals(JSON.parse(stdout), { problems: [problem], notices: [] });
    const missing = await runCli(["convert", "no.onnx", "--json"], { cwd });
    const absent = 'Cannot open "no.onnx": there is no such file';
    assertEquals([missing.code, missing.stderr], [1, `dlcstream convert: ${absent}\n`]);
    assertEquals(JSON.parse(missing.stdout), { problems: [absent], notices: [] });
  });
});
