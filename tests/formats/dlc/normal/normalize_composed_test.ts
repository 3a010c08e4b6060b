import { assertAlmostEquals, assertEquals } from "@std/assert";
import { encodeOnnx, type Node, openModel, runModel, saveDlc, type SmallGraph } from "dlcstream";
import { makeFolder } from "../../../io/_temporary_folder.ts";

const X = { name: "x", dtype: "float32", shape: [1, 4] } as const;

/** What a node makes of 1, 2, 3 and 6 behind a DLC. */
async function run(
  node: Pick<Node, "operator" | "inputs" | "outputs" | "attributes">,
  constants: SmallGraph["initializers"] = new Map(),
  shape: readonly number[] = [1, 1],
): Promise<readonly number[][]> {
  const bytes = encodeOnnx({
    name: "composed",
    nodes: [{ name: "node", ...node }],
    inputs: [X],
    outputs: node.outputs.map((name, i) => ({
      name,
      dtype: "float32",
      shape: i === 0 ? shape : [1, 1],
    })),
    initializers: constants,
  });
  await using folder = await makeFolder();
  const path = `${folder.path}/composed.dlc`;
  {
    await using model = await openModel(bytes);
    await saveDlc(model, path);
  }
  await using model = await openModel(path);
  const data = Float32Array.of(1, 2, 3, 6);
  const samples = { length: 1, read: () => Promise.resolve(new Map([["x", { ...X, data }]])) };
  const [result] = await Array.fromAsync(runModel(model, samples));
  return node.outputs.map((name) => Array.from(result?.outputs.get(name)?.data ?? [], Number));
}

function floats(...values: number[]) {
  return { dtype: "float32", shape: [values.length], data: Float32Array.from(values) } as const;
}

function integers(...values: number[]) {
  const data = BigInt64Array.from(values, BigInt);
  return { dtype: "int64", shape: [values.length], data } as const;
}

Deno.test("modelToDlc() says ReduceSumSquare and ReduceL1 by other operators", async () => {
  for (const [operator, sum] of [["ReduceSumSquare", 50], ["ReduceL1", 12]] as const) {
    const found = await run(
      { operator, inputs: ["x", "axes"], outputs: ["y"], attributes: {} },
      new Map([["axes", integers(1)]]),
    );
    assertEquals(found, [[sum]], operator);
  }
});

Deno.test("modelToDlc() says Mean by a sum and a division", async () => {
  const found = await run(
    { operator: "Mean", inputs: ["x", "c"], outputs: ["y"], attributes: {} },
    new Map([["c", floats(3, 4, 5, 0)]]),
    [1, 4],
  );
  assertEquals(found, [[2, 3, 4, 3]]);
});

Deno.test("modelToDlc() says mean and deviation of LayerNormalization", async () => {
  const [, mean, inverse] = await run(
    {
      operator: "LayerNormalization",
      inputs: ["x", "scale"],
      outputs: ["y", "mean", "inverse"],
      attributes: { epsilon: { type: "float", value: 0.5 } },
    },
    new Map([["scale", floats(1, 1, 1, 1)]]),
    [1, 4],
  );
  assertEquals(mean, [3]);
  // The variance of 1, 2, 3, 6 is 3.5.
  assertAlmostEquals(inverse?.[0] ?? NaN, 0.5, 1e-6);
});
