import { createRequire } from "node:module";
import { dirname } from "node:path";
import { UnsupportedError } from "../errors.ts";
import type { Engine, EngineName, EngineOptions } from "./engine.ts";
import { encodeOnnx } from "../formats/onnx/mod.ts";
import { createOnnxRuntimeEngine, type OnnxRuntime } from "./onnxruntime_engine.ts";

/** What a person can do when an engine does not load. */
const REMEDIES: Readonly<Record<EngineName, string>> = {
  native: 'needs --allow-ffi and the package onnxruntime-node, or take the engine "wasm"',
  wasm: "needs the package onnxruntime-web and --allow-read for its folder",
};

/**
 * Loads ONNX Runtime: the native library or the WebAssembly build. Nothing of either is fetched or
 * loaded before this is called.
 *
 * @param options Which one, and how many threads.
 * @throws {UnsupportedError} If it cannot be loaded here.
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const { engine = "auto", threads } = options;
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads > 0)) {
    throw new RangeError(`Cannot open the engine: "threads" is ${threads}, expected 1 or more`);
  }
  if (engine !== "auto") return await load(engine, threads);
  const { state } = await Deno.permissions.query({ name: "ffi" });
  if (state !== "granted") return await load("wasm", threads);
  try {
    return await load("native", threads);
  } catch (nativeError) {
    try {
      return await load("wasm", threads);
    } catch (wasmError) {
      const found = [nativeError, wasmError].map(firstLine).join("; ");
      throw new UnsupportedError(`Cannot open an engine: ${found}`, { cause: nativeError });
    }
  }
}

/** The smallest graph there is. */
const PROBE = encodeOnnx({
  name: "probe",
  nodes: [{ name: "copy", operator: "Identity", inputs: ["x"], outputs: ["y"], attributes: {} }],
  inputs: [{ name: "x", dtype: "float32", shape: [1] }],
  outputs: [{ name: "y", dtype: "float32", shape: [1] }],
  initializers: new Map(),
});

/** Takes an engine that is open already, or opens the one named. */
export async function resolveEngine(
  engine: Engine | EngineOptions["engine"] = "auto",
): Promise<Engine> {
  return typeof engine === "string" ? await openEngine({ engine }) : engine;
}

async function load(name: EngineName, threads: number | undefined): Promise<Engine> {
  try {
    // Through a variable: a literal import would download the package at start.
    const door = `./${name}_runtime.ts`;
    const runtime: OnnxRuntime = await import(door);
    if (name === "wasm") await requireReadable(packageFolder("onnxruntime-web"));
    const loaded = createOnnxRuntimeEngine(runtime, {
      name,
      ...(threads === undefined ? {} : { threads }),
    });
    // The WebAssembly build reads its files only now; an engine that is returned works.
    await (await loaded.createSession(PROBE))[Symbol.asyncDispose]();
    return loaded;
  } catch (cause) {
    throw new UnsupportedError(
      `Cannot load the engine "${name}": ${firstLine(cause)}; it ${REMEDIES[name]}`,
      { cause },
    );
  }
}

/**
 * Finds the folder of a package that is loaded; `undefined` where a `node_modules` folder serves it.
 * No permission is needed.
 */
function packageFolder(name: string): string | undefined {
  const root = Deno.build.os === "windows" ? "file:///C:/" : "file:///";
  try {
    return dirname(createRequire(root).resolve(name));
  } catch {
    return undefined;
  }
}

/** The package would find out in the middle of starting its threads, which then never end. */
async function requireReadable(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const { state } = await Deno.permissions.query({ name: "read", path });
  if (state !== "granted") throw new Deno.errors.NotCapable(`no read access to "${path}"`);
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? message;
}
