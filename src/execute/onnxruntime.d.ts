/** The part of ONNX Runtime's JavaScript interface that both packages share and dlcstream uses. */
export class Tensor {
  constructor(type: string, data: ArrayBufferView, dims: readonly number[]);
  readonly type: string;
  readonly data: ArrayBufferView;
  readonly dims: readonly number[];
  readonly location: string;
}

export interface SessionOptions {
  readonly executionProviders?: readonly string[];
  readonly graphOptimizationLevel?: "disabled" | "basic" | "extended" | "all";
  readonly enableCpuMemArena?: boolean;
  readonly enableMemPattern?: boolean;
  readonly intraOpNumThreads?: number;
  readonly interOpNumThreads?: number;
  readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array }[];
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly { readonly name: string; readonly type?: string }[];
  readonly outputMetadata: readonly { readonly name: string; readonly type?: string }[];
  run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: Readonly<Record<string, Tensor | null>>,
    options?: { readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4 },
  ): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}

export const InferenceSession: {
  create(model: Uint8Array, options?: SessionOptions): Promise<Session>;
};

export const env: {
  logLevel?: "verbose" | "info" | "warning" | "error" | "fatal";
  readonly wasm: { numThreads?: number };
};
