import {
  allocate,
  dequantize,
  fakeQuantize,
  quantize,
  quantizePerChannel,
  quantizeToUint8,
} from "../../src/kernels/mod.ts";
import { benchThroughput, CHUNK_BYTES, CHUNK_FLOATS, createChunk } from "./_throughput.ts";

const chunk = createChunk();
const outside = Float32Array.from(chunk);
const codes = allocate(CHUNK_BYTES);
const bytes = codes.bytes().subarray(0, CHUNK_FLOATS);
const shorts = codes.uint16().subarray(0, CHUNK_FLOATS);
const words = codes.int32();
const outsideBytes = new Uint8Array(CHUNK_FLOATS);
const scale = 2 / 255;
const offset = -140;

benchThroughput({
  group: "quantize",
  name: "quantize to uint8: plain JavaScript",
  baseline: true,
  run() {
    for (let i = 0; i < outside.length; i++) {
      const code = Math.round((outside[i] ?? NaN) / scale - offset);
      outsideBytes[i] = Math.min(Math.max(code, 0), 255);
    }
  },
});
benchThroughput({
  group: "quantize",
  name: "quantize to uint8: in place",
  run: () => quantizeToUint8(chunk, bytes, { scale, offset }),
});
benchThroughput({
  group: "quantize",
  name: "quantize to uint8: staged",
  run: () => quantizeToUint8(outside, outsideBytes, { scale, offset }),
});
benchThroughput({
  group: "quantize",
  name: "quantize to uint16",
  run: () => quantize(chunk, shorts, { scale: 2 / 65535, offset: -36044 }),
});
benchThroughput({
  group: "quantize",
  name: "quantize to int32",
  run: () => quantize(chunk, words, { scale: 2 ** -31, offset: -(2 ** 31) }),
});
for (const inner of [1, 9, 2304]) {
  const scales = new Float64Array(256).fill(scale);
  const offsets = new Float64Array(256).fill(offset);
  const layout = { offset: 0, inner, channels: 256 };
  benchThroughput({
    group: "quantize",
    name: `quantizePerChannel(inner ${inner}) to uint8`,
    run: () => quantizePerChannel(chunk, bytes, { layout, scales, offsets }),
  });
}

const reals = allocate(CHUNK_BYTES).float32();
benchThroughput({
  group: "dequantize",
  name: "dequantize uint8: plain JavaScript",
  baseline: true,
  run() {
    for (let i = 0; i < outside.length; i++) {
      outside[i] = scale * ((outsideBytes[i] ?? 0) + offset);
    }
  },
});
benchThroughput({
  group: "dequantize",
  name: "dequantize uint8",
  run: () => dequantize(bytes, reals, { scale, offset }),
});
benchThroughput({
  group: "dequantize",
  name: "dequantize uint16",
  run: () => dequantize(shorts, reals, { scale, offset }),
});

const fresh = createChunk();
benchThroughput({
  group: "fakeQuantize",
  name: "fakeQuantize(256 levels): plain JavaScript",
  baseline: true,
  run() {
    for (let i = 0; i < outside.length; i++) {
      const place = Math.round(Math.fround((outside[i] ?? NaN) / scale));
      outside[i] = scale * Math.min(Math.max(place, offset), offset + 255);
    }
  },
});
for (const levels of [256, 65536]) {
  benchThroughput({
    group: "fakeQuantize",
    name: `fakeQuantize(${levels} levels)`,
    run: () => fakeQuantize(fresh, { scale: 2 / (levels - 1), offset: -(levels / 2), levels }),
  });
}
