/**
 * Quantizes MobileNetV2 over 100 samples of 224x224, here and with ONNX Runtime's `quantize_static`
 * in Python, in turns: time and peak memory of whole processes. Needs Linux and `python3` with onnx
 * and onnxruntime.
 *
 * Usage: `deno run -A bench/peers/compare_quantize_static.ts [--runs 7] [--method percentile]`
 *
 * @module
 */
// deno-lint-ignore-file no-console -- its output is what it is for
import { parseArgs } from "@std/cli/parse-args";
import { formatBytes } from "@std/fmt/bytes";
import { fromFileUrl, join } from "@std/path";
import { formatTable } from "../../src/report/mod.ts";
import { measureProcess, median, type ProcessFigures } from "../support/measure_process.ts";

const SAMPLES = 100;
const INPUT_FLOATS = 3 * 224 * 224;

const CLI = fromFileUrl(new URL("../../cli.ts", import.meta.url));
const PEER = fromFileUrl(new URL("quantize_static.py", import.meta.url));
const MODEL = fromFileUrl(new URL("../../testdata/mobilenet_v2/model.onnx", import.meta.url));

/** Writes an input list and its samples: noise, since the time does not depend on what is seen. */
async function writeSamples(folder: string): Promise<string> {
  const list = join(folder, "list.txt");
  const paths: string[] = [];
  let state = 1;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const floats = new Float32Array(INPUT_FLOATS);
    for (let index = 0; index < floats.length; index++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      floats[index] = state / 2 ** 31;
    }
    const path = join(folder, `${sample}.raw`);
    await Deno.writeFile(path, new Uint8Array(floats.buffer));
    paths.push(path);
  }
  await Deno.writeTextFile(list, `${paths.join("\n")}\n`);
  return list;
}

const { runs, method } = parseArgs(Deno.args, {
  string: ["runs", "method"],
  default: { runs: "7", method: "minmax" },
});
const folder = await Deno.makeTempDir({ prefix: "dlcstream-bench-" });
try {
  const list = await writeSamples(folder);
  const mode = method === "percentile" ? ["--act-quantizer", "percentile"] : [];
  const quantizeHere = () =>
    measureProcess(Deno.execPath(), [
      ...["run", "-A", CLI, "quantize", MODEL, "--input-list", list],
      ...["-o", join(folder, "ours.dlc"), ...mode],
    ]);
  const quantizeThere = () =>
    measureProcess("python3", [PEER, MODEL, list, join(folder, "peer.onnx"), String(method)]);
  const ours: ProcessFigures[] = [];
  const peers: ProcessFigures[] = [];
  for (let run = 0; run < Number(runs); run++) {
    ours.push(await quantizeHere());
    peers.push(await quantizeThere());
  }
  const row = (name: string, figures: readonly ProcessFigures[]): string[] => [
    name,
    `${median(figures.map(({ seconds }) => seconds)).toFixed(2)} s`,
    formatBytes(median(figures.map(({ peakBytes }) => peakBytes)), { binary: true }),
  ];
  const ratio = (of: (figures: ProcessFigures) => number): string =>
    (median(ours.map(of)) / median(peers.map(of))).toFixed(2);
  console.log(formatTable([
    { name: `${method}, ${SAMPLES} samples` },
    { name: "time", align: "right" },
    { name: "peak memory", align: "right" },
  ], [
    row("dlcstream quantize", ours),
    row("quantize_static", peers),
    ["ratio", ratio(({ seconds }) => seconds), ratio(({ peakBytes }) => peakBytes)],
  ]));
  console.log(`\n${JSON.stringify({ ours, peers })}`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
