import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Node } from "dlcstream";
import { type Dense, floats, integers, runBehindDlc } from "./_run_behind_dlc.ts";

/** What a node makes of 1, 2, 3 and 6 behind a DLC. */
async function run(
  node: Pick<Node, "operator" | "inputs" | "outputs" | "attributes">,
  constants: Readonly<Record<string, Dense>> = {},
): Promise<readonly (readonly number[])[]> {
  const inputs = { x: { shape: [1, 4], data: [1, 2, 3, 6] } };
  const found = await runBehindDlc({ node, inputs, constants });
  return node.outputs.map((name) => found[name]?.data ?? []);
}

Deno.test("modelToDlc() says reductions by other operators", async () => {
  const expected = {
    ReduceL1: 12,
    ReduceL2: Math.sqrt(50),
    ReduceLogSum: Math.log(12),
    // log(e + e² + e³ + e⁶)
    ReduceLogSumExp: 6.072172,
    ReduceProd: 36,
    ReduceSumSquare: 50,
  };
  for (const [operator, value] of Object.entries(expected)) {
    const node = { operator, inputs: ["x", "axes"], outputs: ["y"] };
    for (const keepdims of [0, 1]) {
      const attributes = { keepdims: { type: "int", value: keepdims } } as const;
      const [found = []] = await run({ ...node, attributes }, { axes: integers(1) });
      assertEquals(found.length, 1);
      assertAlmostEquals(found[0] ?? NaN, value, 2e-6 * value);
    }
  }
});

Deno.test("modelToDlc() keeps ReduceLogSumExp from growing too large", async () => {
  const { y } = await runBehindDlc({
    node: { operator: "ReduceLogSumExp", inputs: ["x"], outputs: ["y"], attributes: {} },
    inputs: { x: { shape: [1, 2], data: [200, 200] } },
  });
  assertAlmostEquals(y?.data[0] ?? NaN, 200 + Math.LN2, 1e-4);
});

Deno.test("modelToDlc() leaves a reduction over no axes out", async () => {
  const attributes = { noop_with_empty_axes: { type: "int", value: 1 } } as const;
  const node = { operator: "ReduceSumSquare", inputs: ["x"], outputs: ["y"], attributes };
  assertEquals(await run(node), [[1, 4, 9, 36]]);
});

Deno.test("modelToDlc() says Mean by a sum and a division", async () => {
  const found = await run(
    { operator: "Mean", inputs: ["x", "c"], outputs: ["y"], attributes: {} },
    { c: floats([4], 3, 4, 5, 0) },
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
    { scale: floats([4], 1, 1, 1, 1) },
  );
  assertEquals(mean, [3]);
  // The variance of 1, 2, 3, 6 is 3.5.
  assertAlmostEquals(inverse?.[0] ?? NaN, 0.5, 1e-6);
});

Deno.test("modelToDlc() says ReduceProd of an odd number of elements over all axes", async () => {
  const { y } = await runBehindDlc({
    node: { operator: "ReduceProd", inputs: ["x"], outputs: ["y"], attributes: {} },
    inputs: { x: { shape: [1, 3, 7], data: [...Array<number>(18).fill(-1), 2, 3, 5] } },
  });
  assertEquals(y, { shape: [1, 1, 1], data: [30] });
});

Deno.test("modelToDlc() says OneHot by comparisons", async () => {
  const run = async (axis: number) => {
    const { y } = await runBehindDlc({
      node: {
        operator: "OneHot",
        inputs: ["x", "depth", "values"],
        outputs: ["y"],
        attributes: { axis: { type: "int", value: axis } },
      },
      inputs: { x: { shape: [1, 3], data: [2, -3, 7] } },
      constants: { depth: integers(3), values: floats([2], 0.5, 4) },
    });
    return y;
  };
  // -3 counts from the end, 7 is outside.
  const data = [0.5, 0.5, 4, 4, 0.5, 0.5, 0.5, 0.5, 0.5];
  assertEquals(await run(-1), { shape: [1, 3, 3], data });
  const turned = [0.5, 4, 0.5, 0.5, 0.5, 0.5, 4, 0.5, 0.5];
  assertEquals(await run(1), { shape: [1, 3, 3], data: turned });
});
