import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { quantizeCorrected } from "../../src/correct/mod.ts";
import { prepareModel, quantizeModel } from "../../src/quantize/mod.ts";
import { noiseSamples } from "./_networks.ts";
import { correctSlowly } from "./_oracle.ts";
import { KINDS, randomNetwork, type Step } from "./_random_network.ts";

Deno.test("quantizeCorrected() finds what its definition says in networks of any form", async () => {
  const step = fc.tuple(fc.nat({ max: KINDS - 1 }), fc.nat({ max: 2 }), fc.nat({ max: 2 }));
  const steps = fc.array(step, { minLength: 4, maxLength: 14, size: "max" });
  const options = { weightBitwidth: 4, biasBitwidth: 32 } as const;
  let corrected = 0;
  const check = async (list: readonly Step[]): Promise<void> => {
    const model = await prepareModel(randomNetwork(list));
    const samples = noiseSamples(model, 2);
    const { corrections } = await quantizeCorrected(model, samples, options);
    const expected = await correctSlowly(
      model,
      await quantizeModel(model, samples, options),
      samples,
    );
    assertEquals([...corrections.keys()], [...expected.keys()]);
    for (const [name, numbers] of expected) {
      const scale = Math.max(1, ...numbers.map(Math.abs));
      for (const [channel, number] of numbers.entries()) {
        const found = corrections.get(name)?.[channel] ?? NaN;
        assert(Math.abs(found - number) < 1e-5 * scale, `${name}, channel ${channel}`);
      }
    }
    corrected += expected.size;
  };
  await fc.assert(fc.asyncProperty(steps, check), { seed: 7, numRuns: 25 });
  assert(corrected > 150, `${corrected} layers`);
});
