import type {
  Analysis,
  LayerSensitivity,
  NetworkAnalysis,
  Proportion,
  WeightRanges,
} from "../evaluate/mod.ts";
import {
  type AnalysisPlots,
  formatDecibels,
  loadAnalysisPlots,
  type SensitivityRow,
  shorten,
} from "./analysis_plots.ts";
import { ANALYSIS_STYLE } from "./analysis_style.ts";
import { Html, html } from "./html.ts";
import { worstLayers } from "./worst_layers.ts";

/** More layers than a person reads; the JSON has all. */
const MAX_LAYERS = 80;
/** Each is a small drawing. */
const MAX_WEIGHTS = 60;
const WORST = 12;

/**
 * Makes an HTML page of an analysis: what was measured, the worst layers, and plots. The page is one
 * file: nothing else is loaded, and nothing runs in it.
 *
 * @param analysis What was found.
 */
export async function formatAnalysisPage(analysis: Analysis): Promise<string> {
  const plots = await loadAnalysisPlots();
  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${`Quantization of ${analysis.model}`}</title>
        <style>${new Html(ANALYSIS_STYLE)}</style>
      </head>
      <body>
    <h1>Where accuracy goes: <code>${analysis.model}</code></h1>
    ${summary(analysis)}
    ${networkTable(analysis)}
    ${worstTable(analysis)}
    ${sensitivitySection(ofOwnWeights(analysis), plots)}
    ${valueSection(analysis, plots)}
    ${weightSection(ofOwnWeights(analysis), plots)}
    <footer>SQNR is 10 log₁₀(Σ float² / Σ (float − quantized)²) in decibels: 20 dB is an error of a
    tenth, 40 dB of a hundredth; at 0 dB the error is as large as the signal. Hover a point for its
    name. Made by dlcstream.</footer>
      </body>
    </html>
  `;
  return `${page.text.trim()}\n`;
}

function summary({ layers, parameters, macs, samples, measuredSamples, output }: Analysis): Html {
  const count = (number: number): string => number.toLocaleString("en");
  return html`
    <dl>
      <div>
        <dt>nodes</dt>
        <dd>${count(layers)}</dd>
      </div>
      <div>
        <dt>parameters</dt>
        <dd>${count(parameters)}</dd>
      </div>
      <div>
        <dt>MACs</dt>
        <dd>${count(macs)}</dd>
      </div>
      <div>
        <dt>samples for ranges and accuracy</dt>
        <dd>${count(samples)}</dd>
      </div>
      <div>
        <dt>samples for layers</dt>
        <dd>${count(measuredSamples)}</dd>
      </div>
      <div>
        <dt>output</dt>
        <dd><code>${output}</code></dd>
      </div>
    </dl>
  `;
}

function networkTable({ networks }: Analysis): Html {
  const hasLabels = networks.some(({ evaluation }) => evaluation.top1 !== undefined);
  const hasAgreement = networks.some(({ evaluation }) => evaluation.agreement !== undefined);
  const float = networks[0]?.evaluation.referenceTop1;
  const cell = (proportion: Proportion | undefined): Html =>
    proportion === undefined
      ? html`<td></td>`
      : html`<td class="number">${percent(proportion.value)}
<small>${percent(proportion.low)} to ${percent(proportion.high)}</small></td>`;
  return html`
    <h2>The whole network</h2>
    <p>Output of the quantized network against the float one${hasLabels || hasAgreement
      ? "; in grey the 95 % interval"
      : ""}.</p>
    <table>
      <thead>
        <tr><th>network</th><th class="number">SQNR</th>${hasAgreement
          ? html`<th class="number">same top-1 as float</th>`
          : ""}${hasLabels ? html`<th class="number">top-1 accuracy</th>` : ""}</tr>
      </thead>
      <tbody>
    ${hasLabels
      ? html`<tr><td>float</td><td></td>${hasAgreement ? html`<td></td>` : ""}${cell(float)}</tr>`
      : ""}
    ${networks.map((network, index) =>
      html`<tr><td>${key(networks, index)}</td><td class="number">${
        formatDecibels(network.evaluation.sqnr ?? NaN)
      }</td>${hasAgreement ? cell(network.evaluation.agreement) : ""}${
        hasLabels ? cell(network.evaluation.top1) : ""
      }</tr>`
    )}
      </tbody>
    </table>
  `;
}

/** The networks whose weights differ: corrections of biases change neither them nor layers alone. */
function ofOwnWeights({ networks }: Analysis): readonly NetworkAnalysis[] {
  return networks.filter(({ weights }, index) => index === 0 || weights !== networks[0]?.weights);
}

function worstTable(analysis: Analysis): Html {
  const networks = ofOwnWeights(analysis);
  const network = networks.at(-1);
  if (network === undefined) return html``;
  const worst = worstLayers(network.sensitivity, WORST);
  const hasAgreement = worst.some(({ quality }) => quality.agreement !== undefined);
  return html`
    <h2>The worst layers</h2>
    <p>What is left of the output when a layer's weights, or what it puts out, are the only thing that is
    quantized${networks.length > 1 ? ` (${nameOf(network)})` : ""}.</p>
    <table>
      <thead>
        <tr><th>layer</th><th>operator</th><th>quantized</th><th class="number">SQNR of the
    output</th>${hasAgreement ? html`<th class="number">same top-1 as float</th>` : ""}</tr>
      </thead>
      <tbody>
    ${worst.map(({ layer, operator, kind, quality: { sqnr, agreement } }) =>
      html`<tr><td><code>${layer}</code></td><td>${operator}</td><td>${kind}</td><td class="number">${
        formatDecibels(sqnr)
      }</td>${
        hasAgreement
          ? html`<td class="number">${
            agreement === undefined ? "" : `${agreement.count} of ${agreement.total}`
          }</td>`
          : ""
      }</tr>`
    )}
      </tbody>
    </table>
  `;
}

function sensitivitySection(networks: readonly NetworkAnalysis[], plots: AnalysisPlots): Html {
  const all = rowsOf(networks);
  const rows = all.length <= MAX_LAYERS ? all : mostSensitive(all);
  const part = rows.length < all.length ? ` The ${rows.length} worst of ${all.length}.` : "";
  return html`<h2>Each layer alone</h2>
<p>SQNR of the network's output when one layer is quantized and all others are float; layers in the
order of computation. Left is worse.${part}</p>
<h3>Weights and bias</h3>
${keys(networks)}
${plots.sensitivity("weights", rows)}
<h3>Activations</h3>
${keys(networks)}
${plots.sensitivity("activations", rows)}`;
}

/** Layers with what they do in each network, paired by name. */
function rowsOf(networks: readonly NetworkAnalysis[]): SensitivityRow[] {
  const [first, ...others] = networks;
  const byName = others.map(({ sensitivity }) =>
    new Map(sensitivity.map((layer) => [layer.layer, layer]))
  );
  return (first?.sensitivity ?? []).map((layer) => [
    layer,
    ...byName.flatMap((layers) => layers.get(layer.layer) ?? []),
  ]);
}

/** The rows with the lowest numbers, in their order. */
function mostSensitive(rows: readonly SensitivityRow[]): SensitivityRow[] {
  const worst = (row: SensitivityRow): number => Math.min(...row.map(lowest));
  const chosen = new Set(rows.toSorted((a, b) => worst(a) - worst(b)).slice(0, MAX_LAYERS));
  return rows.filter((row) => chosen.has(row));
}

function lowest({ weights, activations }: LayerSensitivity): number {
  return Math.min(weights?.sqnr ?? Infinity, activations?.sqnr ?? Infinity);
}

function valueSection({ networks }: Analysis, plots: AnalysisPlots): Html {
  return html`<h2>Along the quantized network</h2>
<p>SQNR of every rounded value when the whole network is quantized: where the line falls, the error
comes in.</p>
${keys(networks)}
${plots.values(networks)}`;
}

function weightSection(networks: readonly NetworkAnalysis[], plots: AnalysisPlots): Html {
  const [first, ...others] = networks;
  const byName = others.map(({ weights }) => new Map(weights.map((w) => [w.layer, w])));
  const ordered = (first?.weights ?? []).toSorted((a, b) => unevenness(b) - unevenness(a));
  const shown = ordered.slice(0, MAX_WEIGHTS);
  if (shown.length === 0) return html``;
  const part = shown.length < ordered.length
    ? ` The ${shown.length} most uneven of ${ordered.length}.`
    : "";
  const figures = shown.map((before) => {
    const ranges = [before, ...byName.flatMap((weights) => weights.get(before.layer) ?? [])];
    return html`<figure><figcaption><code title="${before.layer}">${
      shorten(before.layer)
    }</code><br><small>widest channel ${
      ranges.map((range) => `${formatFactor(unevenness(range))} ×`).join(" → ")
    } the median</small></figcaption>
${plots.weights(ranges)}</figure>`;
  });
  return html`<h2>Weights, channel by channel</h2>
<p>Least and greatest weight of each output channel before quantization, batch norms folded; the most
uneven layers first. Where all channels share a grid, one that is much narrower than the
widest gets few of its steps.${
    networks.length > 1 ? " Numbers are shares of the network's own widest channel." : ""
  }${part}</p>
${keys(networks)}
<div class="grid">
${figures}
</div>`;
}

/** How much wider than the median channel the widest is. */
function unevenness({ min, max }: WeightRanges): number {
  const widths = min.map((low, channel) => Math.max(-low, max[channel] ?? 0)).sort((a, b) => a - b);
  const median = widths[Math.floor(widths.length / 2)] ?? 0;
  const widest = widths.at(-1) ?? 0;
  return widest === 0 ? 1 : widest / median;
}

function formatFactor(factor: number): string {
  return Number.isFinite(factor) ? factor.toPrecision(3) : "∞";
}

function keys(networks: readonly NetworkAnalysis[]): Html {
  if (networks.length < 2) return html``;
  return html`<div class="keys">${networks.map((_, index) => key(networks, index))}</div>`;
}

function key(networks: readonly NetworkAnalysis[], index: number): Html {
  const network = networks[index];
  return html`<span class="key${index === 0 ? "" : " after"}">${
    network === undefined ? "" : nameOf(network)
  }</span>`;
}

/** How a network is called on the page. */
function nameOf({ optimizations }: NetworkAnalysis): string {
  return optimizations.length === 0
    ? "quantized as it is"
    : `quantized after ${optimizations.map((name) => name.toUpperCase()).join(" and ")}`;
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
