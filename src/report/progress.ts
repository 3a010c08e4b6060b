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

/** Shows progress somewhere. */
export interface Progress extends Disposable {
  /** Tells a new state; may be called often. */
  report(state: ProgressState): void;
}

/** Shows nothing: for output that no person watches. */
export const NO_PROGRESS: Progress = { report() {}, [Symbol.dispose]() {} };
