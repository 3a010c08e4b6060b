import { assertEquals } from "@std/assert";
import { openModel } from "../../src/formats/mod.ts";
import { readDense } from "../../src/tensor/mod.ts";
import { floats, model, node, value } from "../formats/onnx/_proto.ts";
import { makeFolder } from "../io/_temporary_folder.ts";
import { runCli } from "../support/run_cli.ts";

Deno.test("convert copies weights that are no numbers", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/nan.onnx`;
  await Deno.writeFile(
    path,
    model({
      nodes: [node("Add", ["x", "w"], ["y"])],
      inputs: [value("x", [1, 3])],
      outputs: [value("y", [1, 3])],
      initializers: [floats("w", [1, 3], [1, NaN, -Infinity])],
    }),
  );
  const { code, stderr } = await runCli(["convert", path]);
  assertEquals(code, 0, stderr);
  await using converted = await openModel(`${folder.path}/nan.dlc`);
  const [weights] = converted.initializers.values();
  const { data } = weights === undefined ? { data: [] } : await readDense(weights);
  assertEquals([...data], [1, NaN, -Infinity]);
});
