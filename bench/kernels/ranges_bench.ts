import {
  channelSums,
  histogram,
  histogramInside,
  histogramNearest,
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

const counts = new Float64Array(2048);
benchThroughput({
  group: "histogram",
  name: "histogram(2048 bins): plain JavaScript",
  baseline: true,
  run() {
    for (let i = 0; i < outside.length; i++) {
      const bin = Math.floor((outside[i] ?? NaN) * 512) + 1024;
      if (bin >= 0 && bin < 2048) counts[bin] = (counts[bin] ?? 0) + 1;
    }
  },
});
benchThroughput({
  group: "histogram",
  name: "histogram(2048 bins)",
  run: () => void histogram(chunk, counts, { exponent: -9, first: -1024 }),
});
benchThroughput({
  group: "histogram",
  name: "histogramInside(2048 bins): the range in the same pass",
  run: () => void histogramInside(chunk, counts, { exponent: -9, first: -1024 }),
});
benchThroughput({
  group: "histogram",
  name: "histogram(2048 bins), staged",
  run: () => void histogram(outside, counts, { exponent: -9, first: -1024 }),
});

const grid = { width: Math.fround(6 / 512), origin: Math.fround(-3.1 / Math.fround(6 / 512)) };
const nearest = new Float64Array(512);
benchThroughput({
  group: "histogramNearest",
  name: "histogramNearest(512 bins): plain JavaScript",
  baseline: true,
  run() {
    const { fround, floor } = Math;
    for (let i = 0; i < outside.length; i++) {
      const position = fround(fround((outside[i] ?? NaN) / grid.width) - grid.origin);
      const bin = position < 0 ? -floor(0.5 - position) : floor(position + 0.5);
      if (bin >= 0 && bin < 512) nearest[bin] = (nearest[bin] ?? 0) + 1;
    }
  },
});
benchThroughput({
  group: "histogramNearest",
  name: "histogramNearest(512 bins)",
  run: () => void histogramNearest(chunk, nearest, grid),
});
