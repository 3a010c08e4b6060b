/**
 * A progress bar on stderr: stage, bar, steps, rate, time left, item. Loaded only when stderr is a
 * terminal.
 *
 * @module
 */
import { formatBytes } from "../std/format_bytes.ts";
import { SingleBar } from "./cli_progress.ts";
import { printable } from "./printable.ts";
import type { Progress, ProgressState } from "./progress.ts";

/** The bar is drawn at most this often. */
const FRAMES_PER_SECOND = 10;
/** Longer names of layers are cut. */
const ITEM_LENGTH = 32;

/** Starts a progress bar; each new stage gets a line of its own. */
export function createProgressBar(): Progress {
  let bar: SingleBar | undefined;
  let stage = "";
  let started = 0;
  let ended = false;
  const pause = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    report(state: ProgressState): void {
      if (ended) return;
      if (state.stage !== stage) {
        pause();
        stage = state.stage;
        started = performance.now();
      }
      const payload = describeProgress(state, (performance.now() - started) / 1000);
      if (bar === undefined) {
        bar = new SingleBar({
          format: "{stage} [{bar}] {steps} | {rate} | {eta_formatted} left | {item}",
          fps: FRAMES_PER_SECOND,
          hideCursor: true,
          etaBuffer: 50,
          stopOnComplete: false,
        });
        bar.start(state.total, state.done, payload);
      }
      bar.update(state.done, payload);
    },
    pause,
    [Symbol.dispose](): void {
      ended = true;
      pause();
    },
  };
}

/**
 * What the bar says of a state.
 *
 * @param state How far the work is.
 * @param seconds How long the stage has taken so far.
 */
export function describeProgress(
  { stage, done, total, unit, item = "" }: ProgressState,
  seconds: number,
): Record<"stage" | "steps" | "rate" | "item", string> {
  const rate = seconds > 0 ? done / seconds : 0;
  return {
    stage: stage.padEnd(10),
    steps: unit === "bytes"
      ? `${formatBytes(done)} of ${formatBytes(total)}`
      : `${done}/${total} ${unit}`,
    rate: unit === "bytes" ? `${formatBytes(rate)}/s` : `${rate.toFixed(rate < 10 ? 1 : 0)}/s`,
    item: printable(item.slice(0, ITEM_LENGTH)),
  };
}
