import { RANGE_METHODS, type RangeMethod } from "dlcstream";
import { formatTable } from "../../src/report/mod.ts";
import { ALGORITHMS } from "./algorithms.ts";
import type { LabelledNetwork } from "./labelled_networks.ts";
import { formatSection, type PageSections } from "./page_sections.ts";

/** A table of the page that is measured. */
export interface MeasuredTable {
  /** Which part of the page it is in. */
  readonly part: "modes" | "algorithms";
  /** Its name. */
  readonly name: string;
  /** Whose figures it has. */
  readonly network: LabelledNetwork;
}

/** The whole page. */
export function formatPage(tables: readonly MeasuredTable[], sections: PageSections): string {
  const part = (wanted: MeasuredTable["part"]): string =>
    tables.filter(({ part }) => part === wanted).map(({ name, network }) =>
      [
        `### ${network.title}`,
        `Calibrated on ${network.calibrated}, counted on ${network.counted} others.`,
        formatSection(name, sections.get(name) ?? "Not measured yet."),
      ].join("\n\n")
    ).join("\n\n");
  return `# Accuracy

What quantization leaves of real networks on real photos. \`deno task accuracy\` makes this page from
the models and photos of \`../shared\`, which are not free to be in the repository
(\`deno task accuracy algorithms\` or \`modes\`: a part of it).

A cell is \`top-1 / agreement / SQNR\`: percent of photos whose best class is right, percent whose best
class is the float network's, and the SQNR of the outputs (probabilities) in dB. Each is a run of the
quantized network's ONNX export in ONNX Runtime with QDQ nodes as they stand, which gives the bits that
\`evaluate\` gives ([quantized-runs.md](quantized-runs.md)). On 100 photos a share has a standard error
of three to five points: neighbours that differ by a few photos are equal. Other processors add in
another order and may move a cell by a point.

## Equalization and bias correction

8 bits for weights and activations, one encoding a tensor or a channel. Nothing but the options of the
row is set: everything else is the command line's default.

${
    formatTable(
      [{ name: "row" }, { name: "options of quantize" }],
      ALGORITHMS.map(({ name, command }) => [name, command === "" ? "" : `\`${command}\``]),
    )
  }

with \`--bias-bitwidth 32\` for 32-bit biases and \`--use-per-channel-quantization\` for encodings of
channels. By hand, where \`first60.txt\` lists the first 60 photos as raw files (how to write
them: "Calibration inputs" in the [README](../README.md), with \`resize: 256\`):

\`\`\`sh
deno run -A cli.ts quantize model.onnx --input-list first60.txt -o model.dlc --bias-bitwidth 32 \\
  --algorithms cle --algorithms bc
deno run -A cli.ts evaluate model.dlc --images imagenet_sample --skip 60 --reference model.onnx \\
  --labels imagenet_sample/labels.csv --label-column index_1001 --resize 256 --mean 127.5 --std 127.5
\`\`\`

(\`--label-column index_1000\` for MobileNetV1, which has no class for the background.) ONNX Runtime's
quantizer (\`quantize_static\`, 32-bit biases) was run once on the same photos; its rows are top-1.

${part("algorithms")}

The last column of MobileNetV2 is what the authors of these algorithms published for ImageNet with 8
bits and one encoding a tensor (Nagel and others, 2019). Recognizable is its shape: as it is, the
network is lost; bias correction alone brings back some two thirds; equalization alone comes to within
a few points of float, and with bias correction to float. Not recognizable is the point that absorption
gains there: here it is below what 100 photos can tell, and what is equalized differs (scales by
noise, exact ceilings, dead channels; [equalization.md](equalization.md)). All figures are higher,
because these photos come from the training set. For MobileNetV1 0.25, smaller and more fragile, no
figures are published; there it takes both, and 32-bit biases. With an encoding a channel MobileNetV2
needs neither: equalization alone even takes a few points, which bias correction gives back.

## Modes

The mode is that of weights and of activations (\`--param-quantizer\`, \`--act-quantizer\`; with
\`adjusted\`, activations are by \`tf\`). W8A16 stands for \`--weights-bitwidth 8 --act-bitwidth 16\`.
Encodings a channel (\`--use-per-channel-quantization\`) are always symmetric: \`adjusted\` has no such
line, and \`strict-symmetric\` and \`unsigned-symmetric\` are for activations only in theirs, with weights
by \`symmetric\`. The modes of AIMET's histograms are there for
comparison only, in 8 bits. Biases have 32 bits (\`--bias-bitwidth 32\`) but for the last two lines,
which show SNPE's default. Neither equalization nor bias correction is used: that is what encodings a
tensor need on MobileNets. By hand, a line on photos is made by the commands above with its own
options, such as
\`--param-quantizer sqnr --act-quantizer sqnr --use-per-channel-quantization --bias-bitwidth 32\`.

Four things that look like errors and are none:

- \`entropy\` is made for activations: of weights it cuts off the few large ones, which is what ruins
  its lines (AIMET's own does the same). With weights by \`tf\` it is nearly as good as others.
- The weights of this MobileNetV2 lie on a grid of 8 bits a channel already. With encodings a channel,
  modes that keep the whole range (\`tf\`, \`symmetric\`) or search (\`sqnr\`, \`mse\`) lose next to
  nothing of them; \`enhanced\` and \`percentile\` cut off ends, which 16 bits of activations show.
- With encodings a tensor, \`symmetric\` keeps more of MobileNetV2 than \`tf\`, though by SQNR its
  weights are farther off in 52 of 53 layers: in a network that is ruined by shifted means, it
  matters more which shifts cancel than how large the errors are.
- Four bits are too few for both MobileNets in every mode alone. Equalization and bias correction bring
  back a part of it.

${part("modes")}

### What the modes are

${
    formatTable(
      [{ name: "mode" }, { name: "range" }],
      Object.entries<RangeMethod>(RANGE_METHODS).map((
        [name, { description }],
      ) => [name, description]),
    )
  }
`;
}
