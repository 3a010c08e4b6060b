import { join } from "@std/path";
import { encodeOnnx, type Node, openModel, saveDlc } from "dlcstream";

/** A chain of activation functions: a graph of this size without weights. */
const NODES = 10_000;

const folder = await Deno.makeTempDir({ prefix: "dlcstream-bench-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const nodes = Array.from({ length: NODES }, (_, index): Node => ({
  name: `layer${index}`,
  operator: index % 2 === 0 ? "Relu" : "Sigmoid",
  inputs: [`value${index}`],
  outputs: [`value${index + 1}`],
  attributes: {},
}));
const info = (name: string) => ({ name, dtype: "float32", shape: [1, 8, 4, 4] }) as const;
const onnxPath = join(folder, "chain.onnx");
const dlcPaths = { "3": join(folder, "chain3.dlc"), "4": join(folder, "chain4.dlc") } as const;
await Deno.writeFile(
  onnxPath,
  encodeOnnx({
    name: "chain",
    nodes,
    inputs: [info("value0")],
    outputs: [info(`value${NODES}`)],
    initializers: new Map(),
  }),
);
await using chain = await openModel(onnxPath);
await saveDlc(chain, dlcPaths["3"], { version: "3" });
await saveDlc(chain, dlcPaths["4"], { version: "4" });

Deno.bench({
  name: `openModel(ONNX), ${NODES} nodes`,
  group: "open",
  n: 3,
  warmup: 1,
  async fn() {
    await using _ = await openModel(onnxPath);
  },
});
for (const version of ["3", "4"] as const) {
  Deno.bench({
    name: `openModel(DLC ${version}), ${NODES} layers`,
    group: "open",
    n: 3,
    warmup: 1,
    async fn() {
      await using _ = await openModel(dlcPaths[version]);
    },
  });
  Deno.bench({
    name: `saveDlc(version ${version}), ${NODES} layers`,
    group: "save",
    n: 3,
    warmup: 1,
    fn: async () => void await saveDlc(chain, join(folder, "again.dlc"), { version }),
  });
}
