import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { quantizeCorrected, type QuantizeCorrectedOptions } from "../../src/correct/mod.ts";
import { openEngine } from "../../src/execute/mod.ts";
import { prepareModel, quantizeModel } from "../../src/quantize/mod.ts";
import { mixedNetwork, noiseSamples } from "./_networks.ts";
import { correctSlowly } from "./_oracle.ts";

await openEngine({ engine: "wasm", threads: 2 });

const FOUR_BITS: QuantizeCorrectedOptions = { weightBitwidth: 4, biasBitwidth: 32 };

for (const activations of [false, true]) {
  Deno.test(`quantizeCorrected() finds what running the network again for each layer finds, activations ${activations}`, async () => {
    const model = await prepareModel(mixedNetwork());
    const samples = noiseSamples(model, 5);
    const options = { ...FOUR_BITS, correctActivations: activations };
    const { corrections } = await quantizeCorrected(model, samples, options);
    const quantized = await quantizeModel(model, samples, FOUR_BITS);
    const expected = await correctSlowly(model, quantized, samples, { activations });
    assertEquals([...corrections.keys()], [...expected.keys()]);
    let largest = 0;
    for (const [name, numbers] of expected) {
      const found = corrections.get(name) ?? [];
      assertEquals(found.length, numbers.length);
      for (const [channel, number] of numbers.entries()) {
        assertAlmostEquals(found[channel] ?? NaN, number, 1e-5, `${name}, channel ${channel}`);
        largest = Math.max(largest, Math.abs(number));
      }
    }
    assert(largest > 0.01, "there is something to correct");
  });
}
