import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ChannelStatistics } from "../../src/equalize/mod.ts";

const RELU6 = { lower: 0, upper: 6 };

Deno.test("ChannelStatistics counts what passes an activation function and what it cuts", () => {
  const statistics = new ChannelStatistics(2, RELU6);
  statistics.observe(Float32Array.of(-1, 3, 8, 1, 1, 1), 3);
  assertEquals(statistics.count, 3);
  assertEquals([[...statistics.min], [...statistics.max]], [[-1, 1], [8, 1]]);
  assertEquals([...statistics.activeSquares], [9 + 36, 3]);
  assertEquals([...statistics.excessSquares], [4, 0]);
  assertEquals([...statistics.passing], [1, 3]);
  assertAlmostEquals(statistics.mean(0), 10 / 3);
});

Deno.test("ChannelStatistics.observe() tells whether all values are finite", () => {
  const observe = (...values: number[]) =>
    new ChannelStatistics(1, RELU6).observe(Float32Array.from(values), values.length);
  assertEquals(observe(1, 2, 3, 4, 5), true);
  assertEquals(observe(1, 2, 3, NaN, 5), false);
  assertEquals(observe(1, 2, 3, 4, -Infinity), false);
});

Deno.test("ChannelStatistics of parts merge to those of all, over batches", () => {
  const all = new ChannelStatistics(2, RELU6);
  const data = Float32Array.from({ length: 16 }, (_, i) => (i * 7) % 11 - 2);
  all.observe(data, 4);
  const first = new ChannelStatistics(2, RELU6);
  const second = new ChannelStatistics(2, RELU6);
  first.observe(data.subarray(0, 8), 4);
  second.observe(data.subarray(8), 4);
  first.merge(second);
  assertEquals(first, all);
});
