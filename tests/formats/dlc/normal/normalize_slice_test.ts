import { assertRejects } from "@std/assert";
import { encodeOnnx, modelToDlc, openModel, UnsupportedError } from "dlcstream";

Deno.test("modelToDlc() refuses a backward slice along more elements than anybody holds", async () => {
  const integers = (...values: readonly bigint[]) =>
    ({ dtype: "int64", shape: [values.length], data: BigInt64Array.from(values) }) as const;
  const bytes = encodeOnnx({
    name: "backward",
    nodes: [{
      name: "node",
      operator: "Slice",
      inputs: ["x", "starts", "ends", "axes", "steps"],
      outputs: ["y"],
      attributes: {},
    }],
    inputs: [{ name: "x", dtype: "float32", shape: [1, 2 ** 32] }],
    outputs: [{ name: "y", dtype: "float32", shape: [] }],
    initializers: new Map(Object.entries({
      starts: integers(-1n),
      ends: integers(-(2n ** 40n)),
      axes: integers(1n),
      steps: integers(-1n),
    })),
  });
  await using model = await openModel(bytes, { batch: "keep" });
  await assertRejects(
    () => modelToDlc(model),
    UnsupportedError,
    'Cannot convert node "node" (Slice): it runs backward along 4294967296 elements; 4194304 at ' +
      "most would work",
  );
});
