import {
  allocate,
  bfloat16ToFloat,
  doubleToFloat,
  floatToHalf,
  halfToFloat,
  integersToFloat,
  permute,
} from "../../src/kernels/mod.ts";
import { benchThroughput, CHUNK_BYTES, CHUNK_FLOATS, createChunk } from "./_throughput.ts";

const chunk = createChunk();
const output = allocate(CHUNK_BYTES);
const halves = allocate(CHUNK_BYTES / 2).uint16();
floatToHalf(chunk, halves);

const outside = Float32Array.from(chunk);
const outsideOutput = new Float32Array(CHUNK_FLOATS);
benchThroughput({
  group: "permute",
  name: "transpose 1024 x 1024 floats: plain JavaScript",
  baseline: true,
  run() {
    for (let row = 0; row < 1024; row++) {
      for (let column = 0; column < 1024; column++) {
        outsideOutput[column * 1024 + row] = outside[row * 1024 + column] ?? 0;
      }
    }
  },
});
benchThroughput({
  group: "permute",
  name: "transpose 1024 x 1024 floats: staged",
  run: () =>
    permute(outside, outsideOutput, { shape: [1024, 1024], order: [1, 0], bytesPerElement: 4 }),
});
for (const bytesPerElement of [1, 2, 4, 8] as const) {
  const columns = CHUNK_BYTES / 1024 / bytesPerElement;
  benchThroughput({
    group: "permute",
    name: `transpose 1024 x ${columns} elements of ${bytesPerElement} bytes`,
    run: () =>
      permute(chunk, output.bytes(), { shape: [1024, columns], order: [1, 0], bytesPerElement }),
  });
}
benchThroughput({
  group: "permute",
  name: "NCHW to NHWC, 64 x 128 x 128 floats",
  run: () =>
    permute(chunk, output.bytes(), {
      shape: [1, 64, 128, 128],
      order: [0, 2, 3, 1],
      bytesPerElement: 4,
    }),
});
benchThroughput({
  group: "permute",
  name: "OIHW to HWIO, 256 x 256 x 4 x 4 floats",
  run: () =>
    permute(chunk, output.bytes(), {
      shape: [256, 256, 4, 4],
      order: [2, 3, 1, 0],
      bytesPerElement: 4,
    }),
});

const floats = output.float32();
const short = floats.subarray(0, CHUNK_FLOATS / 2);
const half = CHUNK_BYTES / 2;
benchThroughput({
  group: "convert",
  name: "int32 to float: plain JavaScript",
  baseline: true,
  run: () => outsideOutput.set(new Int32Array(outside.buffer)),
});
benchThroughput({
  group: "convert",
  name: "half to float",
  run: () => halfToFloat(halves, floats),
});
benchThroughput({
  group: "convert",
  name: "float to half",
  run: () => floatToHalf(chunk, halves),
});
benchThroughput({
  group: "convert",
  name: "bfloat16 to float",
  run: () => bfloat16ToFloat(halves, floats),
});
benchThroughput({
  group: "convert",
  name: "double to float",
  run: () => doubleToFloat(new Float64Array(chunk.buffer, chunk.byteOffset, half / 4), short),
});
benchThroughput({
  group: "convert",
  name: "int64 to float",
  run: () => integersToFloat(new BigInt64Array(chunk.buffer, chunk.byteOffset, half / 4), short),
});
benchThroughput({
  group: "convert",
  name: "int32 to float",
  run: () => integersToFloat(new Int32Array(chunk.buffer, chunk.byteOffset, CHUNK_FLOATS), floats),
});
