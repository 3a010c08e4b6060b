// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * Reads generated networks of Caffe and Caffe2 with 500 MB of weights and converts them to DLC, each in
 * a process of its own, and prints time and peak memory.
 *
 * Usage: `deno run -A bench/formats/large_caffe.ts [MEGABYTES]`
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { measureProcess } from "../support/measure_process.ts";

/** What reading may take. */
const LIMIT_MIB = 300;
/** Inputs and outputs of each layer: 16 MiB of weights. */
const WIDTH = 2048;
const LAYER_FLOATS = WIDTH * WIDTH;

const megabytes = Number(Deno.args[0] ?? 500);
const layers = Math.ceil(megabytes * 1e6 / (4 * LAYER_FLOATS));
const cli = fromFileUrl(new URL("../../cli.ts", import.meta.url));
const folder = await Deno.makeTempDir({ prefix: "dlcstream-bench-" });

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return [...bytes, value];
}

function field(number: number, payload: readonly number[] | string, more = 0): number[] {
  const bytes = typeof payload === "string" ? [...new TextEncoder().encode(payload)] : payload;
  return [...varint(number * 8 + 2), ...varint(bytes.length + more), ...bytes];
}

/** Floats, packed or each behind its tag. */
function pattern(tag?: number): Uint8Array {
  const stride = tag === undefined ? 4 : 5;
  const bytes = new Uint8Array(LAYER_FLOATS * stride);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < LAYER_FLOATS; index++) {
    if (tag !== undefined) bytes[index * stride] = tag;
    view.setFloat32(index * stride + stride - 4, Math.sin(index) / WIDTH, true);
  }
  return bytes;
}

/** Writes a file of so many parts: a few bytes, then the same large block. */
async function writeParts(
  path: string,
  part: (layer: number) => readonly number[],
  block: Uint8Array,
): Promise<void> {
  using file = await Deno.create(path);
  for (let layer = 0; layer < layers; layer++) {
    for (const bytes of [Uint8Array.from(part(layer)), block]) {
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    }
  }
}

/** A caffemodel whose layers are fully connected, and its prototxt. */
async function writeCaffe(): Promise<string[]> {
  const block = pattern();
  const weights = join(folder, "large.caffemodel");
  await writeParts(weights, (layer) => {
    const shape = field(7, field(1, [...varint(WIDTH), ...varint(WIDTH)]));
    const data = [...varint(5 * 8 + 2), ...varint(block.length)];
    const blob = field(7, [...shape, ...data], block.length);
    const head = [...field(1, `fc${layer}`), ...field(2, "InnerProduct")];
    return field(100, [...head, ...blob], block.length);
  }, block);
  const text = Array.from(
    { length: layers },
    (_, layer) =>
      `layer { name: "fc${layer}" type: "InnerProduct" bottom: "${
        layer === 0 ? "data" : `fc${layer - 1}`
      }" top: "fc${layer}" inner_product_param { num_output: ${WIDTH} bias_term: false } }`,
  );
  const net = join(folder, "deploy.prototxt");
  const input = `input: "data" input_shape { dim: 1 dim: ${WIDTH} }\n`;
  await Deno.writeTextFile(net, input + text.join("\n"));
  return [net, "--caffe-bin", weights];
}

/** The same as an init net, whose floats stand behind a tag each, and its predict net. */
async function writeCaffe2(): Promise<string[]> {
  const block = pattern(0x2d);
  const init = join(folder, "init_net.pb");
  await writeParts(init, (layer) => {
    const sizes = [...field(1, "shape"), ...[WIDTH, WIDTH].flatMap((n) => [0x30, ...varint(n)])];
    const values = field(5, field(1, "values"), block.length);
    const head = [...field(2, `w${layer}`), ...field(4, "GivenTensorFill"), ...field(5, sizes)];
    return field(2, [...head, ...values], block.length);
  }, block);
  const operators = Array.from({ length: layers }, (_, layer) =>
    field(2, [
      ...field(1, layer === 0 ? "data" : `fc${layer - 1}`),
      ...field(1, `w${layer}`),
      ...field(2, `fc${layer}`),
      ...field(4, "MatMul"),
      ...field(5, [...field(1, "trans_b"), 0x18, 1]),
    ]));
  const net = join(folder, "predict_net.pb");
  await Deno.writeFile(net, Uint8Array.from(operators.flat()));
  return [net, "--exec-net", init, "--input-dim", "data", `1,${WIDTH}`];
}

try {
  for (const [name, write] of [["Caffe", writeCaffe], ["Caffe2", writeCaffe2]] as const) {
    const args = await write();
    for (const work of ["--dry-run", "--output-path"] as const) {
      const words = work === "--dry-run" ? [work] : [work, join(folder, "large.dlc")];
      const { seconds, peakBytes } = await measureProcess(Deno.execPath(), [
        ...["run", "-A", "--quiet", cli, "convert"],
        ...args,
        ...words,
      ]);
      const peak = peakBytes / 2 ** 20;
      const verdict = peak <= LIMIT_MIB ? "" : `, more than ${LIMIT_MIB} MiB`;
      const size = Math.round(layers * LAYER_FLOATS * 4 / 1e6);
      const what = work === "--dry-run" ? "read" : "read and written as DLC";
      console.log(
        `${name}, ${size} MB of weights, ${what}: ${seconds.toFixed(2)} s, peak ${
          peak.toFixed(0)
        } MiB${verdict}`,
      );
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
