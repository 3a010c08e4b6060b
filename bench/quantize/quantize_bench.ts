import { join } from "@std/path";
import { calibrate, quantizeModel, type Sample, saveDlc } from "dlcstream";
import { createLargeModel } from "../support/large_model.ts";

const folder = await Deno.makeTempDir({ prefix: "dlcstream-bench-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

await using model = await createLargeModel(1);
const input = model.inputs[0] ?? { name: "", shape: [] };
const data = Float32Array.from({ length: 1024 }, (_, index) => Math.sin(index));
const sample: Sample = new Map([[input.name, { dtype: "float32", shape: input.shape, data }]]);
const ranges = await calibrate(model, { length: 1, read: () => Promise.resolve(sample) });
await using quantized = await quantizeModel(model, ranges);

Deno.bench({
  name: "gather: ranges of 520 MiB of weights",
  group: "two passes",
  n: 3,
  warmup: 1,
  fn: async () => void await quantizeModel(model, ranges),
});

Deno.bench({
  name: "encode: 520 MiB of weights to a DLC, synced",
  group: "two passes",
  n: 3,
  warmup: 1,
  fn: async () => void await saveDlc(quantized, join(folder, "large.dlc")),
});
