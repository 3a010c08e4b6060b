import { assert, assertEquals } from "@std/assert";
import { tellUnmatchedNames } from "../../src/quantize/unmatched_names.ts";

function tell(names: readonly string[], known: readonly string[]): string[] {
  const told: string[] = [];
  tellUnmatchedNames(names, known, (notice) => told.push(notice));
  return told;
}

Deno.test("tellUnmatchedNames() offers the three nearest names", () => {
  assertEquals(tell(["conv1.weigth"], ["relu", "conv2.weight", "conv1.weight", "conv1.bias"]), [
    'The override of "conv1.weigth" matches no tensor; the nearest names are "conv1.weight", ' +
    '"conv2.weight", "conv1.bias"',
  ]);
  assertEquals(tell(["a"], []), ['The override of "a" matches no tensor']);
});

Deno.test("tellUnmatchedNames() compares no endless names", () => {
  const long = "x".repeat(1_000_000);
  assertEquals(tell(["a"], [long, "b"]), [
    'The override of "a" matches no tensor; the nearest names are "b"',
  ]);
  assertEquals(tell([long], ["b"]), [`The override of "${long}" matches no tensor`]);
});

Deno.test("tellUnmatchedNames() takes no time for a million names", () => {
  const names = Array.from({ length: 1_000_000 }, (_, i) => `tensor${i}`);
  const known = Array.from({ length: 1000 }, (_, i) => `layer${i}.weight`);
  const start = performance.now();
  const told = tell(names, known);
  assert(performance.now() - start < 5000);
  assertEquals([told.length, told.at(-1)], [21, "999980 more overrides match no tensor"]);
});
