/**
 * Quantizes generated models of 1 and 4 GiB to DLC files: time against reading the model and writing
 * as much as the result once, and peak memory. Needs 10 GiB of disk, Linux, and `cat` and `dd`.
 *
 * Usage: `deno run -A bench/quantize_large.ts [--sizes 1GiB,4GiB] [--runs 5] [--folder DIR] [--keep]`
 *
 * @module
 */
// deno-lint-ignore-file no-console -- its output is what it is for
import { fromFileUrl, join } from "@std/path";
import { parseArgs } from "@std/cli/parse-args";
import { formatBytes } from "@std/fmt/bytes";
import { parseByteSize } from "dlcstream";
import { formatTable } from "../src/report/mod.ts";
import { measureProcess, median, type ProcessFigures } from "./support/measure_process.ts";
import { writeLargeModel } from "./support/large_model.ts";

const CLI = fromFileUrl(new URL("../cli.ts", import.meta.url));

interface Prepared {
  readonly model: string;
  readonly ranges: string;
  readonly output: string;
  readonly weightBytes: number;
  readonly calibration: ProcessFigures;
}

interface Row {
  readonly weightBytes: number;
  readonly outputBytes: number;
  readonly runs: readonly { readonly baseline: number; readonly ours: ProcessFigures }[];
  readonly calibration: ProcessFigures;
}

function runCli(...args: string[]): Promise<ProcessFigures> {
  return measureProcess(Deno.execPath(), ["run", "-A", CLI, ...args]);
}

/** Writes a model and the ranges of its activations over one sample. */
async function prepare(folder: string, size: string): Promise<Prepared> {
  const model = join(folder, `${size}.onnx`);
  const ranges = join(folder, `${size}.json`);
  const weightBytes = await writeLargeModel(model, parseByteSize(size));
  const sample = join(folder, "sample.raw");
  const list = join(folder, "list.txt");
  const floats = Float32Array.from({ length: 1024 }, (_, index) => Math.sin(index));
  await Deno.writeFile(sample, new Uint8Array(floats.buffer));
  await Deno.writeTextFile(list, `${sample}\n`);
  const calibration = await runCli("calibrate", model, "--input-list", list, "-o", ranges);
  return { model, ranges, output: join(folder, `${size}.dlc`), weightBytes, calibration };
}

/** The time to read the model once and to write and sync as many bytes as the result has. */
async function baseline({ model, output }: Prepared, bytes: number): Promise<number> {
  const read = await measureProcess("sh", [
    "-c",
    'cat "$@" >/dev/null',
    "sh",
    model,
    `${model}.data`,
  ]);
  const copy = `${output}.baseline`;
  const write = await measureProcess("dd", [
    ...["if=/dev/zero", `of=${copy}`, "bs=1M", `count=${bytes}`],
    ...["iflag=count_bytes", "conv=fsync", "status=none"],
  ]);
  await Deno.remove(copy);
  return read.seconds + write.seconds;
}

async function measure(prepared: Prepared, runs: number): Promise<Row> {
  const { model, ranges, output, weightBytes, calibration } = prepared;
  const quantize = () => runCli("quantize", model, "--ranges", ranges, "-o", output);
  await quantize(); // Brings the model to the page cache for all that follows.
  const outputBytes = (await Deno.stat(output)).size;
  const measured: Row["runs"][number][] = [];
  for (let run = 0; run < runs; run++) {
    await Deno.remove(output);
    const ours = await quantize();
    measured.push({ baseline: await baseline(prepared, outputBytes), ours });
  }
  return { weightBytes, outputBytes, runs: measured, calibration };
}

const { sizes, runs, folder, keep } = parseArgs(Deno.args, {
  string: ["sizes", "runs", "folder"],
  boolean: ["keep"],
  default: { sizes: "1GiB,4GiB", runs: "5" },
});
const place = await Deno.makeTempDir({
  prefix: "dlcstream-bench-",
  ...(typeof folder === "string" ? { dir: folder } : {}),
});
try {
  const rows: Row[] = [];
  for (const size of String(sizes).split(",")) {
    const prepared = await prepare(place, size);
    rows.push(await measure(prepared, Number(runs)));
    if (!keep) {
      for await (const { name } of Deno.readDir(place)) await Deno.remove(join(place, name));
    }
  }
  console.log(formatTable([
    { name: "model", align: "right" },
    { name: "result", align: "right" },
    { name: "quantize", align: "right" },
    { name: "cat + write + sync", align: "right" },
    { name: "ratio", align: "right" },
    { name: "peak memory", align: "right" },
    { name: "calibrate, 1 sample", align: "right" },
  ], rows.map(row)));
  const peaks = rows.map(peakOf);
  const spread = 100 * (Math.max(...peaks) / Math.min(...peaks) - 1);
  if (rows.length > 1) console.log(`\nPeaks differ by ${spread.toFixed(1)} %.`);
  console.log(`\n${JSON.stringify(rows)}`);
} finally {
  if (!keep) await Deno.remove(place, { recursive: true });
}

function row({ weightBytes, outputBytes, runs, calibration }: Row): string[] {
  const seconds = median(runs.map(({ ours }) => ours.seconds));
  const base = median(runs.map((run) => run.baseline));
  const ratio = median(runs.map((run) => run.ours.seconds / run.baseline));
  const binary = (bytes: number) => formatBytes(bytes, { binary: true });
  return [
    binary(weightBytes),
    binary(outputBytes),
    `${seconds.toFixed(2)} s`,
    `${base.toFixed(2)} s`,
    ratio.toFixed(2),
    binary(peakOf({ runs })),
    `${calibration.seconds.toFixed(1)} s, ${binary(calibration.peakBytes)}`,
  ];
}

function peakOf({ runs }: Pick<Row, "runs">): number {
  return median(runs.map(({ ours }) => ours.peakBytes));
}
