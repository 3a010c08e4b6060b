import { UnsupportedError } from "../errors.ts";
import {
  bytesOfTensorData,
  type DataType,
  type DenseTensor,
  type TensorData,
} from "../tensor/mod.ts";
import type {
  Engine,
  EngineName,
  EngineSession,
  SessionOptions,
  SessionRunOptions,
} from "./engine.ts";
import type * as onnxruntime from "./onnxruntime.d.ts";

/** One of the two packages of ONNX Runtime, loaded. */
export type OnnxRuntime = Pick<typeof onnxruntime, "env" | "InferenceSession" | "Tensor">;

/** Options for {@linkcode createOnnxRuntimeEngine}. */
export interface OnnxRuntimeEngineOptions {
  /** Which package it is. */
  readonly name: EngineName;
  /** How many threads compute in native code; ONNX Runtime's choice by default. */
  readonly threads?: number;
}

/** Puts the interface of an engine over a loaded ONNX Runtime. */
export function createOnnxRuntimeEngine(
  runtime: OnnxRuntime,
  options: OnnxRuntimeEngineOptions,
): Engine {
  const { name, threads } = options;
  // Errors are thrown as well; without this they are printed to stderr first.
  runtime.env.logLevel = "fatal";
  // Read once, when the first session starts the WebAssembly module. With more than one thread, run()
  // of a large graph with many outputs does not return (onnxruntime-web 1.30 in Deno 2.9).
  if (name === "wasm") runtime.env.wasm.numThreads = 1;
  const sessionOptions: onnxruntime.SessionOptions = {
    executionProviders: [name === "native" ? "cpu" : "wasm"],
    enableMemPattern: false,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
    ...(threads === undefined || name === "wasm" ? {} : { intraOpNumThreads: threads }),
    // Threads sleep while they wait, as each session has its own. Where other programs run, spinning
    // ones lose their turn in the middle of a layer, and all wait: a run took two to four times as long.
    // Weights stay out of the arena of a session that has one: it doubles when it grows.
    extra: {
      session: { intra_op: { allow_spinning: "0" }, use_device_allocator_for_initializers: "1" },
    },
  };
  return {
    name,
    async createSession(
      model: Uint8Array,
      { externalData = new Map(), blocked = true, pooled = false }: SessionOptions = {},
    ): Promise<EngineSession> {
      let session: onnxruntime.Session;
      try {
        session = await runtime.InferenceSession.create(model, {
          ...sessionOptions,
          enableCpuMemArena: pooled,
          graphOptimizationLevel: blocked ? "all" : "extended",
          externalData: Array.from(externalData, ([path, data]) => ({ path, data })),
        });
      } catch (cause) {
        throw new UnsupportedError(`Cannot prepare a graph: ${engineMessage(cause)}`, { cause });
      }
      // Now and not after a run: handing out 4-bit integers ends the whole process.
      for (const value of [...session.inputMetadata, ...session.outputMetadata]) {
        if (isEngineType(value.type ?? "")) continue;
        await session.release();
        throw new UnsupportedError(
          `Cannot prepare a graph: value "${value.name}" is of type "${value.type}", which does not ` +
            "go in or out of the engine; cast it to a wider type",
        );
      }
      return wrapSession(session, { runtime, name });
    },
  };
}

interface LoadedRuntime {
  readonly runtime: OnnxRuntime;
  readonly name: EngineName;
}

function wrapSession(session: onnxruntime.Session, loaded: LoadedRuntime): EngineSession {
  const { name } = loaded;
  return {
    async run(
      inputs: ReadonlyMap<string, DenseTensor>,
      { outputs = session.outputNames, into }: SessionRunOptions = {},
    ): Promise<Map<string, DenseTensor>> {
      // Without a prototype, so that a value may have any name.
      const feeds: Record<string, onnxruntime.Tensor> = Object.create(null);
      for (const [key, tensor] of inputs) feeds[key] = toEngine(loaded, tensor);
      const fetches: Record<string, onnxruntime.Tensor | null> = Object.create(null);
      for (const key of outputs) {
        const target = name === "native" ? into?.get(key) : undefined;
        fetches[key] = target === undefined ? null : toEngine(loaded, target);
      }
      const found = await session.run(feeds, fetches, { logSeverityLevel: 4 });
      const results = new Map<string, DenseTensor>();
      for (const key of outputs) {
        const target = into?.get(key);
        const result = found[key];
        if (result === undefined) throw new RangeError(`The session has no output "${key}"`);
        if (target === undefined) {
          results.set(key, fromEngine(result));
        } else {
          // The WebAssembly build leaves given buffers as they were.
          if (name === "wasm") {
            bytesOfTensorData(target.data).set(bytesOfTensorData(fromEngine(result).data));
          }
          results.set(key, target);
        }
      }
      return results;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await session.release();
    },
  };
}

const ENGINE_TYPES: ReadonlySet<string> = new Set<DataType>([
  "float32",
  "float64",
  "float16",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "bool",
]);

function toEngine(
  { runtime, name }: LoadedRuntime,
  tensor: DenseTensor,
): onnxruntime.Tensor {
  const { dtype, shape, data } = tensor;
  if (!isEngineType(dtype)) {
    throw new UnsupportedError(
      `Cannot run with a ${dtype} tensor: the engine does not take this type, cast it to float32`,
    );
  }
  if (dtype !== "float16") return new runtime.Tensor(dtype, data, shape);
  // The native package reads bit patterns, but its own class makes a Float16Array of them, which
  // Deno's Node-API does not know; the other package wants that array.
  if (name === "native") return { type: dtype, data, dims: shape, location: "cpu" };
  const halves = new Float16Array(data.buffer, data.byteOffset, data.length);
  return new runtime.Tensor(dtype, halves, shape);
}

function fromEngine(tensor: onnxruntime.Tensor): DenseTensor {
  const { type, dims, data } = tensor;
  if (!isEngineType(type)) {
    throw new UnsupportedError(`Cannot take an output of the engine: it is of type "${type}"`);
  }
  const elements = data instanceof Float16Array
    ? new Uint16Array(data.buffer, data.byteOffset, data.length)
    : data;
  return { dtype: type, shape: dims, data: elements as TensorData };
}

function isEngineType(type: string): type is DataType {
  return ENGINE_TYPES.has(type);
}

/** The sentence of an ONNX Runtime error, without the path and line of its source code. */
export function engineMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const sentence = message.split("Status Message: ").at(-1)?.split("ERROR_MESSAGE: ").at(-1);
  const line = (sentence ?? message).split("\n", 1)[0] ?? message;
  return line.replace(/^\S*\.(?:cc|h):\d+ .*?\) ?/, "").trim();
}
