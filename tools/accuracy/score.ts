import { type Model, SqnrAccumulator, topClasses } from "dlcstream";
import type { OpenedNetwork } from "./opened_network.ts";
import { runExport } from "./run_export.ts";

/** How well a network does. */
export interface Score {
  /** Percent of the samples whose best class is right. */
  readonly top1: number;
  /** Percent of the samples whose best class is that of the float network. */
  readonly agreement: number;
  /** Of the outputs against those of the float network, in dB. */
  readonly sqnr: number;
}

/** Runs a quantized network over the samples of the report. */
export async function scoreModel(model: Model, network: OpenedNetwork): Promise<Score> {
  return scoreOutputs(await runExport(model, network.samples), network);
}

/** How good outputs are. */
export function scoreOutputs(
  outputs: readonly Float32Array[],
  { labels, float }: Pick<OpenedNetwork, "labels" | "float">,
): Score {
  const sqnr = new SqnrAccumulator();
  let right = 0;
  let same = 0;
  for (const [index, scores] of outputs.entries()) {
    const reference = float[index] ?? new Float32Array();
    sqnr.add(reference, scores);
    const [found] = topClasses(scores, 1);
    if (found === labels[index]) right++;
    if (found === topClasses(reference, 1)[0]) same++;
  }
  const { length } = outputs;
  return { top1: 100 * right / length, agreement: 100 * same / length, sqnr: sqnr.decibels };
}

/** `top-1 / agreement / SQNR`, with as many digits as other machines will find, too. */
export function formatScore({ top1, agreement, sqnr }: Score): string {
  return [top1, agreement, sqnr].map((value) => `${Math.round(value)}`).join(" / ");
}

/** The top-1 alone, for the float network. */
export function formatTop1({ top1 }: Score): string {
  return `${Math.round(top1)}`;
}
