/** A progress bar of cli-progress. */
export class SingleBar {
  constructor(options: {
    format: string;
    fps?: number;
    hideCursor?: boolean;
    etaBuffer?: number;
    stopOnComplete?: boolean;
  });
  start(total: number, value: number, payload?: Record<string, string>): void;
  update(value: number, payload?: Record<string, string>): void;
  stop(): void;
}
