import { assertEquals, assertStrictEquals } from "@std/assert";
import { spreadSamples } from "../../src/equalize/spread_samples.ts";
import type { Sample, SampleSource } from "../../src/tensor/mod.ts";

/** Samples that note which of them are read. */
function notedSamples(length: number): SampleSource & { readonly seen: number[] } {
  const seen: number[] = [];
  return {
    length,
    seen,
    read(index): Promise<Sample> {
      seen.push(index);
      return Promise.resolve(new Map());
    },
  };
}

Deno.test("spreadSamples() takes samples in equal steps", async () => {
  const samples = notedSamples(10);
  const few = spreadSamples(samples, 4);
  assertEquals(few.length, 4);
  for (let index = 0; index < few.length; index++) await few.read(index);
  assertEquals(samples.seen, [1, 3, 6, 8]);
});

Deno.test("spreadSamples() takes all where there are no more", () => {
  const samples = notedSamples(4);
  assertStrictEquals(spreadSamples(samples, 4), samples);
  assertStrictEquals(spreadSamples(samples, 9), samples);
});
