// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * Runs dlcstream on the models, photos and vectors of `../shared`, which are too large or not free
 * to be in the repository, and holds the results against what other programs computed.
 *
 * Usage: `deno task acceptance [WORD …]`; words choose the checks whose titles contain them.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { formatTable } from "../src/report/mod.ts";
import { CAFFE_ACCURACY } from "./acceptance/caffe_accuracy.ts";
import { CAFFE2_REFERENCES } from "./acceptance/caffe2_references.ts";
import { CAFFE_DETECTIONS } from "./acceptance/caffe_detections.ts";
import { CAFFE_OUTPUTS } from "./acceptance/caffe_outputs.ts";
import { CAFFE_RANGES } from "./acceptance/caffe_ranges.ts";
import { ACTIVATION_RANGES } from "./acceptance/activation_ranges.ts";
import { DLC_NODE_TESTS } from "./acceptance/dlc_node_tests.ts";
import { FLOAT_ACCURACY } from "./acceptance/float_accuracy.ts";
import { GOLDEN_OUTPUTS } from "./acceptance/golden_outputs.ts";
import { NODE_TESTS } from "./acceptance/node_tests.ts";
import { QDQ_EXPORT } from "./acceptance/qdq_export.ts";
import { REAL_DLC_FILES } from "./acceptance/real_dlc_files.ts";
import { SEGMENTATION } from "./acceptance/segmentation.ts";
import { TENSORFLOW_ACCURACY } from "./acceptance/tensorflow_accuracy.ts";
import { TENSORFLOW_FAKEQUANT } from "./acceptance/tensorflow_fakequant.ts";
import { TENSORFLOW_OUTPUTS } from "./acceptance/tensorflow_outputs.ts";
import { TENSORFLOW_REFERENCES } from "./acceptance/tensorflow_references.ts";
import { type Check, type Finding, messageOf } from "./acceptance/check.ts";
import { Shared } from "./acceptance/shared.ts";

const CHECKS: readonly Check[] = [
  GOLDEN_OUTPUTS,
  ACTIVATION_RANGES,
  FLOAT_ACCURACY,
  QDQ_EXPORT,
  REAL_DLC_FILES,
  SEGMENTATION,
  NODE_TESTS,
  DLC_NODE_TESTS,
  CAFFE_OUTPUTS,
  CAFFE_RANGES,
  CAFFE_ACCURACY,
  CAFFE_DETECTIONS,
  CAFFE2_REFERENCES,
  TENSORFLOW_OUTPUTS,
  TENSORFLOW_ACCURACY,
  TENSORFLOW_FAKEQUANT,
  TENSORFLOW_REFERENCES,
];

const folder = fromFileUrl(new URL("../../shared/", import.meta.url));

async function runCheck(check: Check, shared: Shared): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    for await (const finding of check.run(shared)) findings.push(finding);
  } catch (error) {
    findings.push({ cells: [`stopped: ${messageOf(error)}`], verdict: "failed" });
  }
  return findings;
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}

if (!await exists(folder)) {
  console.log("No checks ran: there is no folder ../shared with models and data");
  Deno.exit(0);
}
const words = Deno.args.map((word) => word.toLowerCase());
const shared = new Shared(folder);
const counts = { passed: 0, failed: 0, noted: 0 };
for (const check of CHECKS) {
  const title = check.title.toLowerCase();
  if (words.length > 0 && !words.some((word) => title.includes(word))) continue;
  const start = performance.now();
  const findings = await runCheck(check, shared);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  for (const { verdict } of findings) counts[verdict]++;
  const rows = findings.map(({ cells, verdict }) => [
    ...check.columns.map((_, column) => cells[column] ?? ""),
    verdict === "failed" ? "FAILED" : verdict,
  ]);
  console.log(`\n## ${check.title} (${seconds} s)\n`);
  console.log(formatTable([...check.columns, { name: "verdict" }], rows));
}
console.log(
  `\nacceptance: ${counts.passed} checks passed, ${counts.failed} failed, ${counts.noted} noted`,
);
Deno.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
