import type { LayerSensitivity, OutputQuality } from "../evaluate/mod.ts";
import { formatTable } from "./format_table.ts";

/** One thing that is quantized, and what that alone does to the output. */
export interface WorstLayer {
  /** Name of the layer. */
  readonly layer: string;
  /** The operator, or `Input`. */
  readonly operator: string;
  /** What of it is quantized. */
  readonly kind: "weights" | "activations";
  /** What becomes of the output. */
  readonly quality: OutputQuality;
}

/**
 * The weights and activations that cost most, the worst first.
 *
 * @param sensitivity What each layer does.
 * @param count How many at most.
 */
export function worstLayers(sensitivity: readonly LayerSensitivity[], count: number): WorstLayer[] {
  return sensitivity.flatMap(({ layer, operator, weights, activations }): WorstLayer[] => [
    ...(weights === undefined
      ? []
      : [{ layer, operator, kind: "weights" as const, quality: weights }]),
    ...(activations === undefined
      ? []
      : [{ layer, operator, kind: "activations" as const, quality: activations }]),
  ]).sort((a, b) => a.quality.sqnr === b.quality.sqnr ? 0 : a.quality.sqnr - b.quality.sqnr)
    .slice(0, count);
}

/** {@linkcode worstLayers} as a table for the terminal. */
export function formatWorstLayers(
  sensitivity: readonly LayerSensitivity[],
  count: number = 10,
): string {
  return formatTable(
    [
      { name: "Layer" },
      { name: "Operator" },
      { name: "Quantized" },
      { name: "SQNR", align: "right" },
      { name: "Same top-1", align: "right" },
    ],
    worstLayers(sensitivity, count).map(({ layer, operator, kind, quality }) => [
      layer,
      operator,
      kind,
      `${quality.sqnr.toFixed(2)} dB`,
      quality.agreement === undefined
        ? ""
        : `${quality.agreement.count} of ${quality.agreement.total}`,
    ]),
  );
}
