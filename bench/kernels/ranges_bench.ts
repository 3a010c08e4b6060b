import {
  channelSums,
  histogram,
  minMax,
  minMaxPerChannel,
  scaleChannels,
} from "../../src/kernels/mod.ts";
import { benchThroughput, createChunk } from "./_throughput.ts";

const chunk = createChunk();
const outside = Float32Array.from(chunk);

benchThroughput({
  group: "minMax",
  name: "minMax: plain JavaScript",
  baseline: true,
  run() {
    let min = Infinity;
    let max = -Infinity;
    for (let i = 0; i < outside.length; i++) {
      const value = outside[i] ?? NaN;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    if (min > max) throw new Error("Cannot bench: no range");
  },
});
benchThroughput({ group: "minMax", name: "minMax: in place", run: () => void minMax(chunk) });
benchThroughput({ group: "minMax", name: "minMax: staged", run: () => void minMax(outside) });

for (const inner of [1, 9, 2304]) {
  const layout = { offset: 0, inner, channels: 256 };
  const group = `channels of ${inner}`;
  const ranges = {
    min: new Float32Array(256).fill(Infinity),
    max: new Float32Array(256).fill(-Infinity),
  };
  const sums = new Float64Array(256);
  const factors = new Float64Array(256).fill(1);
  benchThroughput({
    group,
    name: `channelSums(inner ${inner}): plain JavaScript`,
    baseline: true,
    run() {
      for (let i = 0; i < outside.length; i++) {
        const channel = Math.floor(i / inner) % 256;
        sums[channel] = (sums[channel] ?? 0) + (outside[i] ?? 0);
      }
    },
  });
  benchThroughput({
    group,
    name: `channelSums(inner ${inner})`,
    run: () => channelSums(chunk, layout, sums),
  });
  benchThroughput({
    group,
    name: `minMaxPerChannel(inner ${inner})`,
    run: () => void minMaxPerChannel(chunk, layout, ranges),
  });
  benchThroughput({
    group,
    name: `scaleChannels(inner ${inner})`,
    run: () => scaleChannels(chunk, layout, factors),
  });
}

const counts = new Float64Array(512);
const low = -1.2;
const width = 2.4 / 512;
benchThroughput({
  group: "histogram",
  name: "histogram(512 bins): plain JavaScript",
  baseline: true,
  run() {
    for (let i = 0; i < outside.length; i++) {
      const bin = Math.floor(((outside[i] ?? NaN) - low) / width);
      if (bin >= 0 && bin < 512) counts[bin] = (counts[bin] ?? 0) + 1;
    }
  },
});
for (const bins of [512, 2048]) {
  const into = new Float64Array(bins);
  benchThroughput({
    group: "histogram",
    name: `histogram(${bins} bins)`,
    run: () => void histogram(chunk, into, { low, width: 2.4 / bins }),
  });
}
