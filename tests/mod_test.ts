import { assertEquals, assertStringIncludes } from "@std/assert";
import { serveTree } from "./support/serve_tree.ts";

/** Runs a second Deno, without a configuration file and with nothing of the project in its cache. */
async function runApart(args: readonly string[], folder: string): Promise<Deno.CommandOutput> {
  return await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-config", "--no-lock", ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
}

const decoder = new TextDecoder();

Deno.test("mod.ts loads by URL, opens a model by URL and quantizes it", async () => {
  await using server = serveTree();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/use.ts`,
      `import { openModel, quantizeModel, saveDlc, VERSION } from "${server.origin}/mod.ts";
       await using model = await openModel(new URL("${server.origin}/testdata/resnet8/model.onnx"));
       const [input] = model.inputs;
       const data = Float32Array.from({ length: 3072 }, (_, i) => (i * 37) % 256);
       const samples = {
         length: 2,
         read: () => Promise.resolve(new Map([[input.name, { ...input, data }]])),
       };
       await using quantized = await quantizeModel(model, samples);
       await saveDlc(quantized, "resnet8.dlc");
       await using written = await openModel("resnet8.dlc");
       console.log(JSON.stringify({
         version: VERSION,
         operators: written.nodes.map(({ operator }) => operator),
         parameters: written.encodings.parameters.size,
       }));`,
    );
    const { code, stdout, stderr } = await runApart(
      ["-A", `--reload=${server.origin}`, "use.ts"],
      folder,
    );
    assertEquals(decoder.decode(stderr), "");
    assertEquals(code, 0);
    const result = JSON.parse(decoder.decode(stdout));
    assertEquals(result.operators.filter((name: string) => name === "Conv").length, 9);
    assertEquals(result.operators.filter((name: string) => name === "Gemm").length, 1);
    // Nine convolutions and the dense layer, each with weights and a bias.
    assertEquals(result.parameters, 20);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("cli.ts runs by URL", async () => {
  await using server = serveTree();
  const folder = await Deno.makeTempDir();
  try {
    const { code, stdout } = await runApart(
      [
        "--allow-read",
        `--allow-import=${new URL(server.origin).host}`,
        `--reload=${server.origin}`,
        `${server.origin}/cli.ts`,
        "--help",
      ],
      folder,
    );
    assertEquals(code, 0);
    assertStringIncludes(decoder.decode(stdout), "quantize    Quantizes a float DLC or ONNX model");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
