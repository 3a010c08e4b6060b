import { assertEquals } from "@std/assert";
import { wilsonInterval } from "../../src/evaluate/mod.ts";
import { formatWorstLayers, worstLayers } from "../../src/report/mod.ts";

const SENSITIVITY = [
  { layer: "x", operator: "Input", activations: { sqnr: Infinity } },
  {
    layer: "conv",
    operator: "Conv",
    weights: { sqnr: 12.345, agreement: wilsonInterval(1, 2) },
    activations: { sqnr: -3 },
  },
  { layer: "add", operator: "Add", activations: { sqnr: Infinity } },
];

Deno.test("worstLayers() sorts weights and activations by what they cost", () => {
  assertEquals(
    worstLayers(SENSITIVITY, 3).map(({ layer, kind, quality: { sqnr } }) => [layer, kind, sqnr]),
    [["conv", "activations", -3], ["conv", "weights", 12.345], ["x", "activations", Infinity]],
  );
});

Deno.test("formatWorstLayers() is a table", () => {
  assertEquals(
    formatWorstLayers(SENSITIVITY, 2),
    `| Layer | Operator | Quantized   |     SQNR | Same top-1 |
| ----- | -------- | ----------- | -------: | ---------: |
| conv  | Conv     | activations | -3.00 dB |            |
| conv  | Conv     | weights     | 12.35 dB |     1 of 2 |`,
  );
});
