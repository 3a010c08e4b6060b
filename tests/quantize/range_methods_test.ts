import { assert, assertEquals, assertThrows } from "@std/assert";
import { isRangeMethodName, RANGE_METHODS } from "../../src/quantize/mod.ts";
import { rangeMethod } from "../../src/quantize/range_methods.ts";

Deno.test("RANGE_METHODS observe, restore and encode", () => {
  for (const [name, method] of Object.entries(RANGE_METHODS)) {
    assert(isRangeMethodName(name));
    assert(method.description.length > 0);
    const observer = method.createObserver();
    observer.observe(Float32Array.of(-1.8, -1, 0, 0.5), { tensor: "x" });
    const restored = method.restoreObserver(JSON.parse(JSON.stringify(observer)));
    assertEquals(method.encode(restored, { bitwidth: 8 }), method.encode(observer, {}));
  }
});

Deno.test("RANGE_METHODS.tf gives SNPE's worked example", () => {
  const observer = RANGE_METHODS.tf.createObserver();
  observer.observe(Float32Array.of(-1.8, -1, 0, 0.5), { tensor: "x" });
  assertEquals(RANGE_METHODS.tf.encode(observer, {}).offset, -200);
});

Deno.test("rangeMethod() names the nearest method", () => {
  assertEquals(
    assertThrows(() => rangeMethod("enhanzed", { use: "weights" }), RangeError).message,
    'Cannot find range method "enhanzed", nearest is "enhanced"; known are ' +
      Object.keys(RANGE_METHODS).join(", "),
  );
  assertEquals(rangeMethod("tf", { use: "weights" }), RANGE_METHODS.tf);
  assertEquals(
    assertThrows(() => rangeMethod("ft", { use: "weights" }), RangeError).message,
    `Cannot find range method "ft"; known are ${Object.keys(RANGE_METHODS).join(", ")}`,
  );
});
