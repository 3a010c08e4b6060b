import { join } from "@std/path";
import { type Model, type Sample, writeOnnx } from "dlcstream";
import { InferenceSession, Tensor } from "../../src/execute/native_runtime.ts";

/**
 * Exports a network to ONNX and runs it in ONNX Runtime, which knows nothing of us. QDQ nodes are
 * computed as they stand: so the results are those of our own runs, bit for bit.
 *
 * @param model The network, float or quantized.
 * @param samples Its inputs.
 * @returns The first output for each sample.
 */
export async function runExport(
  model: Model,
  samples: readonly Sample[],
): Promise<Float32Array[]> {
  const folder = await Deno.makeTempDir({ prefix: "dlcstream-accuracy-" });
  try {
    const path = join(folder, "model.onnx");
    await writeOnnx(model, path);
    const session = await InferenceSession.create(await Deno.readFile(path), {
      logSeverityLevel: 3,
      graphOptimizationLevel: "extended",
      extra: {
        session: {
          disable_quant_qdq: "1",
          // Beside other work, threads that spin while they wait take its time.
          intra_op: { allow_spinning: "0" },
        },
      },
    });
    try {
      const output = model.outputs[0]?.name ?? "";
      const scores: Float32Array[] = [];
      for (const sample of samples) {
        const feeds = Array.from(
          sample,
          ([name, { data, shape }]) => [name, new Tensor("float32", data, shape)],
        );
        const found = await session.run(Object.fromEntries(feeds), { [output]: null });
        const data = found[output]?.data;
        if (!(data instanceof Float32Array)) {
          throw new TypeError(`Output "${output}" is not float32`);
        }
        scores.push(data.slice());
      }
      return scores;
    } finally {
      await session.release();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
