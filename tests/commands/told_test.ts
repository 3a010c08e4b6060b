import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { encodeOnnx } from "../../src/formats/onnx/mod.ts";
import { calibrationFolder } from "../support/calibration_folder.ts";
import { runCliSession } from "../support/run_cli_session.ts";
import { ROOT } from "../support/serve_tree.ts";

const RESNET8 = join(ROOT, "testdata/resnet8/model.onnx");

Deno.test("cli.ts tells where an option or a command has nothing to work on", async () => {
  const folder = await calibrationFolder(1);
  try {
    await Deno.writeFile(
      join(folder, "one.onnx"),
      encodeOnnx({
        name: "one",
        nodes: [{
          ...{ name: "conv", operator: "Conv", inputs: ["x", "w"], outputs: ["y"] },
          attributes: {},
        }],
        inputs: [{ name: "x", dtype: "float32", shape: [1, 3, 32, 32] }],
        outputs: [{ name: "y", dtype: "float32", shape: [1, 1, 32, 32] }],
        initializers: new Map([["w", {
          dtype: "float32",
          shape: [1, 3, 1, 1],
          data: Float32Array.of(1, 2, 3),
        }]]),
      }),
    );
    const list = ["-l", "list.txt"];
    const [quantize, calibrate, analyze, info, equalize] = await runCliSession([
      ["quantize", RESNET8, ...list, "--override-params", "-o", "q.dlc"],
      ["calibrate", "q.dlc", ...list],
      ["analyze", "q.dlc", ...list],
      ["info", "q.dlc", "--cle"],
      ["quantize", "one.onnx", ...list, "--algorithms", "cle", "-o", "one.dlc"],
    ], folder);
    assertEquals([quantize?.code, quantize?.stderr], [
      0,
      "No encodings came with the model: there is nothing to override\n",
    ]);
    for (const [command, result] of [["calibrate", calibrate], ["analyze", analyze]] as const) {
      assertEquals([result?.code, result?.stderr], [
        1,
        `dlcstream ${command}: Cannot use "network" as a float network: it is already quantized (17 ` +
        "activations and 20 parameters have encodings), expected the float network\n",
      ]);
    }
    assertEquals([info?.code, info?.stderr], [
      0,
      "The network is quantized: equalization refuses it, and would scale this in its float network\n",
    ]);
    assertStringIncludes(
      info?.stdout ?? "",
      "Cross-layer equalization: 3 sets of layers, 3 pairs in them\n",
    );
    assertEquals([equalize?.code, equalize?.stderr], [
      0,
      "Equalized nothing: no layer leads to another one (1 layer left alone); info --cle tells why, " +
      "--cle-through all takes more between them\n",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
