import type { DenseTensor } from "../tensor/mod.ts";

/** Which ONNX Runtime runs the network: the native library, or WebAssembly without FFI. */
export type EngineName = "native" | "wasm";

/** Options for {@linkcode openEngine}. */
export interface EngineOptions {
  /**
   * `"native"` needs the FFI permission; `"wasm"` does without. `"auto"` takes the native one
   * where the permission is already granted (it never asks), else the other.
   *
   * @default {"auto"}
   */
  readonly engine?: EngineName | "auto";
  /**
   * How many threads compute in native code, ONNX Runtime's choice by default. The WebAssembly build
   * always computes on one: with more, some runs do not end.
   */
  readonly threads?: number;
}

/** Options for {@linkcode EngineSession.run}. */
export interface SessionRunOptions {
  /** Which outputs to compute; all of the session by default. */
  readonly outputs?: readonly string[];
  /** Where results go, by output name: the engine writes there and returns the same tensors. */
  readonly into?: ReadonlyMap<string, DenseTensor>;
}

/** A graph that is ready to run, with its constants. Disposing frees the engine's memory. */
export interface EngineSession extends AsyncDisposable {
  /**
   * Runs the graph once. One call at a time.
   *
   * @param inputs A tensor for each graph input, by name. Their data is only read.
   * @param options Which outputs, and where they go.
   * @returns The outputs by name, in memory that belongs to the caller.
   */
  run(
    inputs: ReadonlyMap<string, DenseTensor>,
    options?: SessionRunOptions,
  ): Promise<Map<string, DenseTensor>>;
}

/** Options for {@linkcode Engine.createSession}. */
export interface SessionOptions {
  /** Bytes of the tensors whose external location in the model is the key. */
  readonly externalData?: ReadonlyMap<string, Uint8Array>;
  /**
   * Whether the engine may lay activations and weights of convolutions out in blocks: faster to run,
   * but making the session takes twice the memory.
   *
   * @default {true}
   */
  readonly blocked?: boolean;
  /**
   * Whether the engine keeps the buffers of a run for the next one, until the session is disposed. That
   * may take twice the bytes; but where buffers go back each time, other allocations come between them,
   * and the process grows.
   *
   * @default {false}
   */
  readonly pooled?: boolean;
}

/** Computes ONNX graphs. */
export interface Engine {
  /** Which one it is. */
  readonly name: EngineName;

  /**
   * Makes a session of a serialized ONNX model.
   *
   * @param model The bytes of the model; may be dropped afterwards, as may the external data.
   * @param options The data that the model refers to.
   * @throws {UnsupportedError} If the engine refuses the graph.
   */
  createSession(model: Uint8Array, options?: SessionOptions): Promise<EngineSession>;
}
