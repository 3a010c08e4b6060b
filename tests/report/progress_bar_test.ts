import { assertEquals } from "@std/assert";
import { describeProgress } from "../../src/report/progress_bar.ts";

Deno.test("describeProgress() tells steps and the rate since the stage began", () => {
  const state = { stage: "calibrate", done: 30, total: 120, unit: "samples", item: "conv\x1b1" };
  assertEquals(describeProgress(state, 4), {
    stage: "calibrate ",
    steps: "30/120 samples",
    rate: "7.5/s",
    item: "conv\\u001b1",
  });
  assertEquals(describeProgress({ ...state, done: 0 }, 0).rate, "0.0/s");
});

Deno.test("describeProgress() counts bytes in units that people read", () => {
  const state = { stage: "write", done: 6_000_000, total: 12_500_000, unit: "bytes" };
  const { steps, rate } = describeProgress(state, 0.5);
  assertEquals([steps, rate], ["6 MB of 12.5 MB", "12 MB/s"]);
});
