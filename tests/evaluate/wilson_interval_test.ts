import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { wilsonInterval } from "../../src/evaluate/mod.ts";

Deno.test("wilsonInterval() gives the textbook interval of 10 out of 20", () => {
  // Values of statsmodels.stats.proportion.proportion_confint(10, 20, method="wilson").
  const { value, low, high } = wilsonInterval(10, 20);
  assertEquals(value, 0.5);
  assertAlmostEquals(low, 0.299298, 1e-6);
  assertAlmostEquals(high, 0.700702, 1e-6);
});

Deno.test("wilsonInterval() stays between 0 and 1 at the ends", () => {
  const none = wilsonInterval(0, 10);
  assertEquals(none.low, 0);
  assertAlmostEquals(none.high, 0.277533, 1e-6);
  const all = wilsonInterval(10, 10);
  assertEquals(all.high, 1);
  assertAlmostEquals(all.low, 0.722467, 1e-6);
});

Deno.test("wilsonInterval() refuses a count above the total", () => {
  assertThrows(() => wilsonInterval(3, 2), RangeError, "Cannot take the proportion 3/2");
});
