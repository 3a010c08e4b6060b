// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * Measures what each mode of quantization leaves of real networks on real photos, and writes
 * `docs/accuracy.md`. The networks and photos of `../shared` are not free to be in the repository.
 *
 * Usage: `deno task accuracy`
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import {
  type Calibration,
  isRangeMethodName,
  type Model,
  openModel,
  quantizeModel,
  type QuantizeOptions,
  RANGE_METHODS,
  type RangeMethod,
  type RangeMethodName,
  type Sample,
  SqnrAccumulator,
  topClasses,
} from "dlcstream";
import { formatTable } from "../src/report/mod.ts";
import { calibrateForAll } from "./accuracy/calibrate_for_all.ts";
import { runExport } from "./accuracy/run_export.ts";
import { LABELLED_NETWORKS, type LabelledNetwork } from "./accuracy/labelled_networks.ts";
import { Shared } from "./acceptance/shared.ts";

const SHARED = fromFileUrl(new URL("../../shared/", import.meta.url));
const PAGE = fromFileUrl(new URL("../docs/accuracy.md", import.meta.url));

/** Bits of weights and activations. */
const WIDTHS = [[8, 8], [8, 16], [4, 8]] as const;

/** Modes that are there to compare with AIMET are shown once. */
function isComparison(name: string): boolean {
  return name.startsWith("aimet-");
}

/** What a network says to the samples of the report. */
interface Outputs {
  readonly scores: readonly Float32Array[];
  readonly right: number;
}

/** A row of the table: how weights and activations are quantized. */
interface Row {
  readonly name: string;
  readonly perChannel: boolean;
  readonly options: QuantizeOptions;
}

function rows(): Row[] {
  const modes = Object.entries(RANGE_METHODS).flatMap(([name, row]): Row[] => {
    const method: RangeMethod = row;
    if (!isRangeMethodName(name)) return [];
    const activationMethod: RangeMethodName = method.activations ? name : "tf";
    const options = { weightMethod: name, activationMethod, biasBitwidth: 32 } as const;
    const bySchema = method.schemas?.includes("symmetric") !== false;
    return [
      { name, perChannel: false, options },
      ...(bySchema && !isComparison(name) ? [{ name, perChannel: true, options }] : []),
    ];
  });
  const small = { weightMethod: "tf", activationMethod: "tf" } as const;
  return [
    ...modes,
    { name: "tf, 8-bit biases", perChannel: false, options: small },
    { name: "tf, 8-bit biases", perChannel: true, options: small },
  ];
}

async function run(
  model: Model,
  samples: readonly Sample[],
  labels: readonly number[],
): Promise<Outputs> {
  const scores = await runExport(model, samples);
  const right = scores.filter((one, index) => topClasses(one, 1)[0] === labels[index]).length;
  return { scores, right };
}

/** `top-1, agreement with the float network, SQNR`. */
function compare(found: Outputs, float: Outputs): string {
  const sqnr = new SqnrAccumulator();
  let same = 0;
  for (const [index, scores] of found.scores.entries()) {
    const reference = float.scores[index] ?? new Float32Array();
    sqnr.add(reference, scores);
    if (topClasses(scores, 1)[0] === topClasses(reference, 1)[0]) same++;
  }
  const { length } = found.scores;
  const percent = (count: number) => (100 * count / length).toFixed(1);
  return `${percent(found.right)} / ${percent(same)} / ${sqnr.decibels.toFixed(1)}`;
}

async function measure(network: LabelledNetwork, shared: Shared): Promise<string> {
  const start = performance.now();
  await using model = await openModel(shared.path("models", network.file));
  const { calibration, samples: source, labels } = await network.samples(shared, model);
  const samples: Sample[] = [];
  for (let index = 0; index < source.length; index++) samples.push(await source.read(index));
  const calibrations: ReadonlyMap<RangeMethodName, Calibration> = await calibrateForAll(
    model,
    calibration,
  );
  const float = await run(model, samples, labels);
  const cells: string[][] = [];
  for (const { name, perChannel, options } of rows()) {
    const row = [name, perChannel ? "channel" : "tensor"];
    for (const [weightBitwidth, activationBitwidth] of WIDTHS) {
      const method: RangeMethod = RANGE_METHODS[options.weightMethod ?? "tf"];
      const isLeftOut = isComparison(name) && row.length > 2;
      if (isLeftOut || method.bitwidths?.includes(weightBitwidth) === false) {
        row.push("");
        continue;
      }
      const seen = calibrations.get(options.activationMethod ?? "tf");
      const widths = { weightBitwidth, activationBitwidth };
      const quantized = await quantizeModel(model, seen, { ...options, ...widths, perChannel });
      row.push(compare(await run(quantized, samples, labels), float));
    }
    cells.push(row);
    console.error(`${network.title}: ${row.join("  ")}`);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.error(`${network.title}: ${seconds} s`);
  const accuracy = (100 * float.right / labels.length).toFixed(1);
  return [
    `## ${network.title}`,
    "",
    `Float: ${accuracy} % top-1 on ${labels.length} ${network.data}; calibrated on ` +
    `${calibration.length} others.`,
    "",
    formatTable(
      [
        { name: "mode" },
        { name: "one encoding a" },
        ...WIDTHS.map(([w, a]) => ({ name: `W${w}A${a}`, align: "right" as const })),
      ],
      cells,
    ),
    "",
  ].join("\n");
}

const shared = new Shared(SHARED);
const sections: string[] = [];
for (const network of LABELLED_NETWORKS) sections.push(await measure(network, shared));
const page = `# Accuracy

Made by \`deno task accuracy\` from the networks and photos of \`../shared\`; every cell is a run of the
quantized network's ONNX export in ONNX Runtime, which is what it computes here, too. A cell holds the
top-1 accuracy in percent, the share of samples with the same best class as the float network in
percent, and the SQNR of the outputs in dB.

The mode is that of weights and of activations (\`--param-quantizer\`, \`--act-quantizer\`; with
\`adjusted\`, activations are by \`tf\`). \`W8A16\` stands for \`--weights-bitwidth 8 --act-bitwidth 16\`.
Encodings for each channel are those of \`--use-per-channel-quantization\`; they are symmetric, so that
modes which are not have no such line. The modes of AIMET's histograms are here for comparison only.
Biases have 32 bits (\`--bias-bitwidth 32\`) but for the last two lines, which show SNPE's default.
Neither cross-layer equalization nor bias correction is used: that is what per-tensor modes need on
these networks.

A single line by hand:

\`\`\`sh
deno run -A cli.ts quantize model.onnx --input-list list.txt -o model.dlc --bias-bitwidth 32 \\
  --param-quantizer sqnr --act-quantizer sqnr --use-per-channel-quantization
deno run -A cli.ts evaluate model.dlc --images photos --labels labels.csv --reference model.onnx
\`\`\`

${sections.join("\n")}
## Modes

${
  formatTable(
    [{ name: "mode" }, { name: "range" }],
    Object.entries<RangeMethod>(RANGE_METHODS).map((
      [name, { description }],
    ) => [name, description]),
  )
}
`;
await Deno.writeTextFile(PAGE, page);
