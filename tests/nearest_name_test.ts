import { assertEquals } from "@std/assert";
import { nearestName, suggestName } from "../src/nearest_name.ts";

Deno.test("nearestName() finds what was misspelled", () => {
  const operators = ["Concat", "Conv", "Relu", "Softmax"];
  assertEquals(nearestName("Covn", operators), "Conv");
  assertEquals(nearestName("Con", operators), "Conv");
  assertEquals(nearestName("Cnov2D", ["Conv2D", "Concat"]), "Conv2D");
  assertEquals(nearestName("sofmax", operators), "Softmax");
  assertEquals(nearestName("RELU", ["Elu", "Relu"]), "Relu");
});

Deno.test("nearestName() offers nothing that is only less far than the rest", () => {
  const layers = ["Log", "Exp", "Split", "Concat", ""];
  for (const name of ["Foo", "SPP", "LSTMUnit", "q", ""]) {
    assertEquals(nearestName(name, layers), undefined, name);
  }
  assertEquals(nearestName("a", []), undefined);
});

Deno.test("nearestName() takes no time for long names and long lists", () => {
  const start = performance.now();
  assertEquals(nearestName("x".repeat(1e6), ["x".repeat(1e6)]), undefined);
  const many = Array.from({ length: 200_000 }, (_, i) => `layer${i}`);
  assertEquals(nearestName("lauer7", many), "layer7");
  assertEquals(performance.now() - start < 5000, true);
});

Deno.test("suggestName() is the end of a sentence, or nothing", () => {
  assertEquals(suggestName("laber", ["layer"]), ', nearest is "layer"');
  assertEquals(
    suggestName("Rely", ["Relu"], "; the nearest that works is"),
    '; the nearest that works is "Relu"',
  );
  assertEquals(suggestName("Foo", ["Log"]), "");
});
