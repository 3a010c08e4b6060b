/**
 * Reading a gibibyte of float32 from a file in the page cache: time for 1 GiB an iteration, so a
 * second is 1.07 GB/s. The baseline is the loop around `file.read` that nobody can be faster than.
 */
import { allocate, minMax } from "../../src/kernels/mod.ts";
import { openSource } from "../../src/io/mod.ts";
import {
  readChunks,
  referenceRange,
  type TensorReference,
  type View,
  viewTensor,
} from "../../src/tensor/mod.ts";

const GIBIBYTE = 1024 ** 3;
const CHUNK_BYTES = 4 * 1024 ** 2;
const SHAPE = [4096, 65536];

const path = await Deno.makeTempFile({ suffix: ".bin" });
addEventListener("unload", () => Deno.removeSync(path));
{
  using file = await Deno.open(path, { write: true });
  const block = Float32Array.from({ length: CHUNK_BYTES / 4 }, (_, i) => Math.sin(i * 12.9898));
  for (let written = 0; written < GIBIBYTE; written += CHUNK_BYTES) {
    await file.write(new Uint8Array(block.buffer));
  }
}

const source = await openSource(path);
const stored = referenceRange({ name: "w", dtype: "float32", shape: SHAPE, source, offset: 0 });
const encoding = { bitwidth: 8, min: -1, max: 1, scale: 2 / 255, offset: -128, symmetric: false };
const quantize: View = { kind: "quantize", dtype: "uint8", encoding: { encodings: [encoding] } };
const factors = new Float64Array(SHAPE[0]!).fill(0.5);

async function drain(reference: TensorReference): Promise<void> {
  for await (const chunk of readChunks(reference)) if (chunk.data.length === 0) throw new Error();
}

Deno.bench("file.read into one buffer of 4 MiB", { group: "1 GiB", baseline: true }, async () => {
  using buffer = allocate(CHUNK_BYTES);
  const bytes = buffer.bytes();
  using file = await Deno.open(path);
  while (await file.read(bytes) !== null);
});

Deno.bench("readChunks() of float32", { group: "1 GiB" }, async () => {
  await drain(stored);
});

Deno.bench("readChunks() of float32 with minMax()", { group: "1 GiB" }, async () => {
  for await (const { data } of readChunks(stored)) {
    if (data instanceof Float32Array && !minMax(data).finite) throw new Error();
  }
});

Deno.bench("readChunks() quantized to uint8", { group: "1 GiB" }, async () => {
  await drain(viewTensor(stored, quantize));
});

Deno.bench("readChunks() scaled by channel, quantized to uint8", { group: "1 GiB" }, async () => {
  await drain(viewTensor(viewTensor(stored, { kind: "scale", axis: 0, factors }), quantize));
});

Deno.bench(
  "readChunks() permuted by rows (OIHW to OHWI), quantized",
  { group: "1 GiB" },
  async () => {
    const shaped = viewTensor(stored, { kind: "reshape", shape: [16384, 256, 8, 8] });
    const permuted = viewTensor(shaped, { kind: "permute", order: [0, 2, 3, 1] });
    await drain(viewTensor(permuted, quantize));
  },
);

Deno.bench(
  "readChunks() transposed through a spill file, quantized",
  { group: "1 GiB" },
  async () => {
    await drain(viewTensor(viewTensor(stored, { kind: "permute", order: [1, 0] }), quantize));
  },
);
