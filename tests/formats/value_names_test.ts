import { assertAlmostEquals, assertEquals } from "@std/assert";
import { openModel, saveDlc } from "../../src/formats/mod.ts";
import { restoreValueNames, transposeNames } from "../../src/formats/value_names.ts";
import type { Model } from "../../src/graph/mod.ts";
import { computeEncoding, quantizeModel } from "../../src/quantize/mod.ts";
import { build, input, node } from "../graph/graph_builder.ts";
import { weights } from "./dlc/_round_trip.ts";

const TO_IMAGE = { perm: [0, 3, 1, 2] };
const FROM_IMAGE = { perm: [0, 2, 3, 1] };

/** A network for NHWC images, whose Transposes a DLC does not need. */
function imageNetwork(): Promise<Model> {
  return build({
    inputs: [input("x", 1, 4, 4, 3)],
    constants: { w: weights(5, 3, 1, 1), v: weights(2, 80) },
    nodes: [
      node("Transpose", ["x"], "image", TO_IMAGE),
      node("Conv", ["image", "w"], "conv"),
      node("Relu", ["conv"], "relu"),
      node("Transpose", ["relu"], "y", FROM_IMAGE),
      node("Sigmoid", ["relu"], "s"),
      node("Transpose", ["s"], "st", FROM_IMAGE),
      node("Flatten", ["st"], "flat"),
      node("Gemm", ["flat", "v"], "z", { transB: 1 }),
    ],
    outputNames: ["y", "z"],
  });
}

/** A model as it is read from a DLC file. */
async function throughFile(model: Model, version: "3" | "4"): Promise<Model> {
  const path = await Deno.makeTempFile({ prefix: "dlcstream-test-", suffix: ".dlc" });
  try {
    await saveDlc(model, path, { version });
    return await openModel(await Deno.readFile(path));
  } finally {
    await Deno.remove(path);
  }
}

for (const version of ["3", "4"] as const) {
  Deno.test(`a DLC of version ${version} keeps the names of values that it stores otherwise`, async () => {
    const model = await imageNetwork();
    await using back = await throughFile(model, version);
    for (const name of model.values.keys()) {
      assertEquals(back.values.get(name), model.values.get(name), name);
    }
  });

  Deno.test(`overrides of moved values hold through a float DLC of version ${version}`, async () => {
    const model = await imageNetwork();
    const given = { image: [-1, 1], relu: [0, 3], st: [0, 0.5] } as const;
    const activations = new Map(
      Object.entries(given).map(([name, [min, max]]) => [
        name,
        { encodings: [computeEncoding({ min, max })] },
      ]),
    );
    const asked = { ...model, overrides: { activations, parameters: new Map() } };
    await using float = await throughFile(asked, version);
    const sample = new Map([["x", { ...weights(1, 4, 4, 3) }]]);
    const samples = { length: 1, read: () => Promise.resolve(sample) };
    const notices: string[] = [];
    const quantized = await quantizeModel(float, samples, {
      useOverrides: true,
      onNotice: (notice) => notices.push(notice),
    });
    assertEquals(notices, []);
    await using stored = await throughFile(quantized, version);
    const expected = { ...given, x: given.image, y: given.relu, s: given.st, flat: given.st };
    for (const found of [quantized, stored]) {
      for (const [name, [min, max]] of Object.entries(expected)) {
        const [grid] = found.encodings.activations.get(name)?.encodings ?? [];
        assertAlmostEquals(grid?.scale ?? NaN, (max - min) / 255, 1e-9, name);
      }
    }
  });
}

Deno.test("restoreValueNames() leaves names in use, inputs and outputs alone", async () => {
  const model = await imageNetwork();
  const names = transposeNames(model).map((one) => ({ ...one, input: "conv", output: "s" }));
  assertEquals(restoreValueNames(model, names), model);
  const others = transposeNames(model).map((one) => ({ ...one, input: "a", output: "b" }));
  const renamed = restoreValueNames(model, others);
  assertEquals(renamed.outputs, model.outputs);
  assertEquals(renamed.values.has("a"), true);
});
