/** Opens the engine named on the command line and runs a graph on it; prints what it found. */
import { openEngine } from "../../src/execute/open_engine.ts";
import type { EngineName } from "../../src/execute/engine.ts";
import { encodeOnnx } from "../../src/formats/onnx/mod.ts";

let found: string;
try {
  const engine = await openEngine({ engine: Deno.args[0] as EngineName | "auto" });
  await using session = await engine.createSession(encodeOnnx({
    name: "negate",
    nodes: [{ name: "n", operator: "Neg", inputs: ["x"], outputs: ["y"], attributes: {} }],
    inputs: [{ name: "x", dtype: "float32", shape: [1] }],
    outputs: [{ name: "y" }],
    initializers: new Map(),
  }));
  const x = { dtype: "float32", shape: [1], data: Float32Array.of(3) } as const;
  const results = await session.run(new Map([["x", x]]));
  found = `${engine.name} ${results.get("y")?.data[0]}`;
} catch (error) {
  found = `${error}`;
}
await Deno.stdout.write(new TextEncoder().encode(`${found}\n`));
