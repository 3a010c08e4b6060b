import { assertAlmostEquals, assertEquals } from "@std/assert";
import { JsonParseStream } from "@std/json";
import { TextLineStream } from "@std/streams";
import { openEngine } from "../../../src/execute/mod.ts";
import { encodeOnnx, openOnnx } from "../../../src/formats/onnx/mod.ts";
import { openSource } from "../../../src/io/mod.ts";
import { type DenseTensor, readDense } from "../../../src/tensor/mod.ts";

interface Fixture {
  readonly name: string;
  readonly model: string;
  readonly inputs: Readonly<Record<string, FixtureTensor>>;
  readonly outputs: Readonly<Record<string, FixtureTensor>>;
}

interface FixtureTensor {
  readonly dtype: "float32" | "int64";
  readonly shape: readonly number[];
  readonly data: string;
}

function tensorOf({ dtype, shape, data }: FixtureTensor): DenseTensor {
  const { buffer } = Uint8Array.fromBase64(data);
  const elements = dtype === "float32" ? new Float32Array(buffer) : new BigInt64Array(buffer);
  return { dtype, shape, data: elements };
}

function tensorsOf(fixtures: Readonly<Record<string, FixtureTensor>>): Map<string, DenseTensor> {
  return new Map(Object.entries(fixtures).map(([name, tensor]) => [name, tensorOf(tensor)]));
}

/** Made by `tools/make_onnx_fixtures.py`, a model a line. */
async function* readFixtures(): AsyncGenerator<Fixture> {
  const file = await Deno.open(new URL("../../../testdata/onnx/upgrades.jsonl", import.meta.url));
  const lines = file.readable.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream()).pipeThrough(new JsonParseStream());
  for await (const fixture of lines) yield fixture as unknown as Fixture;
}

Deno.test("openOnnx() keeps the results of operators that changed since opset 7", async (t) => {
  const engine = await openEngine();
  for await (const fixture of readFixtures()) {
    await t.step(fixture.name, async () => {
      const source = await openSource(Uint8Array.fromBase64(fixture.model));
      await using model = await openOnnx(source);
      const initializers = new Map<string, DenseTensor>();
      for (const [name, reference] of model.initializers) {
        initializers.set(name, await readDense(reference));
      }
      await using session = await engine.createSession(encodeOnnx({ ...model, initializers }));
      const results = await session.run(tensorsOf(fixture.inputs));
      for (const [name, expected] of tensorsOf(fixture.outputs)) {
        const found = results.get(name);
        assertEquals(model.values.get(name)?.shape, expected.shape);
        assertEquals(found?.shape, expected.shape);
        assertEquals(found?.dtype, expected.dtype);
        expected.data.forEach((value, index) => {
          assertAlmostEquals(Number(found?.data[index]), Number(value), 2e-6);
        });
      }
    });
  }
});
