import { assertEquals, assertThrows } from "@std/assert";
import { ChannelMeans } from "../../src/quantize/mod.ts";

Deno.test("ChannelMeans gives the mean over samples", () => {
  const means = new ChannelMeans(new Map([["a", 1], ["b", 0]]));
  assertEquals(means.of("a"), undefined);
  means.add("a", Float64Array.of(1, 2));
  means.add("a", Float64Array.of(3, -5));
  means.add("b", Float64Array.of(7));
  assertEquals(means.of("a"), Float64Array.of(2, -1.5));
  assertEquals(means.of("b"), Float64Array.of(7));
});

Deno.test("ChannelMeans refuses other values and other numbers of channels", () => {
  const means = new ChannelMeans(new Map([["a", 1]]));
  means.add("a", Float64Array.of(1, 2));
  assertThrows(
    () => means.add("b", Float64Array.of(1)),
    RangeError,
    'There are no means of "b"',
  );
  assertThrows(
    () => means.add("a", Float64Array.of(1)),
    RangeError,
    'Cannot add means of "a": found 1 channels, expected 2',
  );
});
