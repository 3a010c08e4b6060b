import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { ROOT } from "./support/serve_tree.ts";

Deno.test("cli.ts stops at Ctrl-C with one line, code 130 and no partial output", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dlcstream-test-" });
  try {
    const sample = join(folder, "sample.raw");
    await Deno.writeFile(sample, new Uint8Array(4 * 3 * 224 * 224));
    // Far more work than the signal leaves time for.
    await Deno.writeTextFile(join(folder, "list.txt"), `${sample}\n`.repeat(10_000));
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--quiet", `${ROOT}cli.ts`, "quantize"],
        ...[join(ROOT, "testdata/mobilenet_v2/model.onnx"), "--input-list", "list.txt"],
        ...["-o", join(folder, "out.dlc"), "--temp-dir", folder],
      ],
      cwd: folder,
      env: { NO_COLOR: "1" },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    child.kill("SIGINT");
    const { code, stdout, stderr } = await child.output();
    assertMatch(new TextDecoder().decode(stderr), /^dlcstream quantize: Interrupted\n$/);
    assertEquals(new TextDecoder().decode(stdout), "");
    assertEquals(code, 130);
    const left = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    assertEquals(left.sort(), ["list.txt", "sample.raw"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
