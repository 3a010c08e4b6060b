/**
 * Peak memory of `quantize --algorithms bc --memory-limit 256MiB` on MobileNetV2 over 64, 256 and 1024
 * samples. Prints one JSON object a line.
 *
 * Usage: `deno run -A bench/correct/memory.ts [samples…]`
 *
 * @module
 */
const ROOT = new URL("../../", import.meta.url).pathname;
const FILES = 16;

async function measure(folder: string, samples: number): Promise<void> {
  const list = `${folder}/list${samples}.txt`;
  const lines = Array.from({ length: samples }, (_, index) => `${folder}/${index % FILES}.raw`);
  await Deno.writeTextFile(list, `${lines.join("\n")}\n`);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", `${ROOT}cli.ts`, "quantize"],
      ...[`${ROOT}testdata/mobilenet_v2/model.onnx`, "-l", list, "-o", `${folder}/out.dlc`],
      ...["--algorithms", "bc", "--memory-limit", "256MiB", "--temp-dir", folder, "--json"],
    ],
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  const { peakMemoryBytes, milliseconds } = JSON.parse(new TextDecoder().decode(stdout));
  const line = JSON.stringify({
    samples,
    peakMebibytes: Math.round(peakMemoryBytes / 2 ** 20),
    seconds: Math.round(milliseconds / 1000),
  });
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir({ prefix: "dlcstream-bench-" });
  try {
    for (let file = 0; file < FILES; file++) {
      const pixels = Float32Array.from(
        { length: 3 * 224 * 224 },
        (_, index) => Math.sin(index * (file + 1) * 0.001),
      );
      await Deno.writeFile(`${folder}/${file}.raw`, new Uint8Array(pixels.buffer));
    }
    const counts = Deno.args.length === 0 ? [64, 256, 1024] : Deno.args.map(Number);
    for (const samples of counts) await measure(folder, samples);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
