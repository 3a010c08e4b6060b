/**
 * A progress bar on stderr: stage, bar, steps, rate, time left, item. Loaded only when stderr is a
 * terminal.
 *
 * @module
 */
import { SingleBar } from "./cli_progress.ts";
import type { Progress, ProgressState } from "./progress.ts";

/** The bar is drawn at most this often. */
const FRAMES_PER_SECOND = 10;

/** Starts a progress bar; each new stage gets a line of its own. */
export function createProgressBar(): Progress {
  let bar: SingleBar | undefined;
  let stage = "";
  let started = 0;
  return {
    report(state: ProgressState): void {
      if (state.stage !== stage) {
        bar?.stop();
        stage = state.stage;
        started = performance.now();
        bar = new SingleBar({
          format:
            "{stage} [{bar}] {value}/{total} {unit} | {rate}/s | {eta_formatted} left | {item}",
          fps: FRAMES_PER_SECOND,
          hideCursor: true,
          etaBuffer: 50,
          stopOnComplete: false,
        });
        bar.start(state.total, 0, describe(state, started));
      }
      bar?.update(state.done, describe(state, started));
    },
    [Symbol.dispose](): void {
      bar?.stop();
      bar = undefined;
    },
  };
}

function describe(state: ProgressState, started: number): Record<string, string> {
  const seconds = (performance.now() - started) / 1000;
  return {
    stage: state.stage.padEnd(10),
    unit: state.unit,
    rate: seconds > 0 ? (state.done / seconds).toPrecision(3) : "-",
    item: (state.item ?? "").slice(0, 32),
  };
}
