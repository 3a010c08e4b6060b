import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Analysis, type NetworkAnalysis, wilsonInterval } from "../../src/evaluate/mod.ts";
import { formatAnalysisPage } from "../../src/report/mod.ts";

/** A network of `count` layers; the second one is bad. */
function networkOf(count: number, name = "layer"): NetworkAnalysis {
  const layers = Array.from({ length: count }, (_, index) => `${name}${index}`);
  const sqnr = (index: number): number => index === 1 ? 3 : index === 2 ? Infinity : 30 + index;
  return {
    optimizations: [],
    evaluation: { samples: 4, milliseconds: 1, sqnr: 2.5, agreement: wilsonInterval(1, 4) },
    sensitivity: layers.map((layer, index) => ({
      layer,
      operator: "Conv",
      weights: { sqnr: sqnr(index), agreement: wilsonInterval(2, 2) },
      activations: { sqnr: 50 },
    })),
    values: layers.map((layer, index) => ({
      ...{ value: `${layer}/out`, layer, operator: "Conv", sqnr: 40 - index },
    })),
    weights: layers.map((layer) => ({
      ...{ layer, operator: "Conv", weight: `${layer}/w`, axis: 0 },
      min: [-1, -0.5, 0],
      max: [4, 0.5, 0],
    })),
  };
}

function analysisOf(...networks: readonly NetworkAnalysis[]): Analysis {
  return {
    ...{ model: "net", layers: 12, parameters: 3456, macs: 78901234, output: "y" },
    ...{ samples: 4, measuredSamples: 2, networks },
  };
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

Deno.test("formatAnalysisPage() draws plots and loads nothing", async () => {
  const page = await formatAnalysisPage(analysisOf(networkOf(5)));
  assertMatch(page, /^<!doctype html>\s*<html lang="en">/);
  assertStringIncludes(page, "78,901,234");
  // Weights and activations of layers, values, the channels of five layers.
  assertEquals(count(page, /<svg /g), 3 + 5);
  assertEquals(count(page, /<\/svg>/g), 3 + 5);
  assertEquals(count(page, /https?:|<script|<link|<img|@import|url\(|\bsrc=|\bhref=/g), 0);
  assert(!/NaN|undefined|null/.test(page));
  const rows = [...page.matchAll(/<td><code>(.*?)<\/code><\/td>/g)].map(([, name]) => name);
  assertEquals(rows[0], "layer1");
  // A point has its name, an exact layer stands at the edge.
  assertStringIncludes(page, "<title>layer1 (Conv): 3.0 dB</title>");
  assertStringIncludes(page, "<title>layer2 (Conv): exact</title>");
  assertStringIncludes(page, "widest channel 8.00 × the median");
});

Deno.test("formatAnalysisPage() shows two networks side by side", async () => {
  const before = networkOf(3);
  const { sensitivity, weights } = before;
  const corrected = { ...networkOf(3), sensitivity, weights, optimizations: ["bc"] as const };
  const equalized = {
    ...networkOf(3),
    optimizations: ["cle", "bc"] as const,
    values: [{ value: "ceiling", operator: "Min", sqnr: 1 }, ...before.values],
  };
  const ofCorrected = await formatAnalysisPage(analysisOf(before, corrected));
  const ofEqualized = await formatAnalysisPage(analysisOf(before, equalized));
  // Correction changes neither weights nor what a layer does alone.
  assertEquals(count(ofCorrected, /quantized after BC/g), 2);
  assertEquals(count(ofEqualized, /class="key after">quantized after CLE and BC/g), 5);
  assertEquals(count(ofCorrected, /→ /g), 0);
  assertEquals(count(ofEqualized, /8.00 × → 8.00 ×/g), 3);
  assertStringIncludes(ofEqualized, "<title>ceiling (Min): 1.0 dB</title>");
});

Deno.test("formatAnalysisPage() shows the worst of very many layers", async () => {
  const page = await formatAnalysisPage(analysisOf(networkOf(100)));
  assertStringIncludes(page, "The 80 worst of 100.");
  assertStringIncludes(page, "The 60 most uneven of 100.");
  assertEquals(count(page, /<svg /g), 3 + 60);
});

Deno.test("formatAnalysisPage() takes names as text", async () => {
  const name = `</svg></style><script>alert("1")</script>&`;
  const page = await formatAnalysisPage({
    ...analysisOf(networkOf(2, name)),
    ...{ model: name, output: name },
  });
  assertEquals(count(page, /<script/g), 0);
  assertEquals(count(page, /<\/style>/g), count(page, /<style/g));
  assertEquals(count(page, /<\/svg>/g), count(page, /<svg /g));
});

Deno.test("formatAnalysisPage() does without layers, labels and weights", async () => {
  const empty = {
    ...networkOf(0),
    evaluation: { samples: 4, milliseconds: 1, sqnr: Infinity },
  };
  const page = await formatAnalysisPage(analysisOf(empty));
  assertStringIncludes(page, "exact");
  assert(!/NaN|undefined|null/.test(page));
});
