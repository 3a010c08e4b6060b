/** How far long work is. Fields that make no sense for a stage are left out. */
export interface ProgressState {
  /** What is being done, such as `calibrate`. */
  readonly stage: string;
  /** Steps that are done: layers, tensors, samples or bytes. */
  readonly done: number;
  /** All steps. */
  readonly total: number;
  /** What a step is, such as `samples`. */
  readonly unit: string;
  /** The layer or tensor at work. */
  readonly item?: string;
}

/** Shows progress somewhere, until it is disposed of. */
export interface Progress extends Disposable {
  /** Tells a new state; may be called often. */
  report(state: ProgressState): void;
  /** Leaves the terminal to a line of text; the next state is shown below it. */
  pause(): void;
}

/** Shows nothing: for output that no person watches. */
export const NO_PROGRESS: Progress = { report() {}, pause() {}, [Symbol.dispose]() {} };
