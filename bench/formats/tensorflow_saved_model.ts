/**
 * Converts a generated TensorFlow SavedModel to a DLC: time and peak memory. The weights are written
 * as a stream and repeat a pattern. Needs twice the size of disk, and Linux.
 *
 * Usage: `deno run -A bench/formats/tensorflow_saved_model.ts [--size 1GiB] [--folder DIR]`
 *
 * @module
 */
// deno-lint-ignore-file no-console -- its output is what it is for
import { parseArgs } from "@std/cli/parse-args";
import { formatBytes } from "@std/fmt/bytes";
import { fromFileUrl, join } from "@std/path";
import { parseByteSize } from "dlcstream";
import { crc32c, maskCrc32c } from "../../src/formats/tensorflow/checkpoint/crc32c.ts";
import { formatTable } from "../../src/report/mod.ts";
import { BinaryWriter, WireType } from "../io/_protobuf_writer.ts";
import { measureProcess } from "../support/measure_process.ts";

const CLI = fromFileUrl(new URL("../../cli.ts", import.meta.url));

/** Fields of a message: number and payload. */
type Fields = readonly (readonly [number, string | number | Uint8Array])[];

function message(...fields: Fields): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, value] of fields) {
    if (typeof value === "number") writer.tag(number, WireType.Varint).int64(value);
    else if (typeof value === "string") writer.tag(number, WireType.LengthDelimited).string(value);
    else writer.tag(number, WireType.LengthDelimited).bytes(value);
  }
  return writer.finish();
}

function shapeProto(shape: readonly number[]): Uint8Array {
  return message(...shape.map((size) => [2, message([1, size])] as const));
}

/** A `NodeDef`; attributes are serialized values. */
function node(
  name: string,
  operator: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, Uint8Array>> = {},
): Uint8Array {
  return message(
    [1, name],
    [2, operator],
    ...inputs.map((input) => [3, input] as const),
    ...Object.entries(attributes).map(([key, value]) =>
      [5, message([1, key], [2, value])] as const
    ),
  );
}

/** A variable of the generated model. */
interface Variable {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The graph: blocks of convolutions on one pixel and fully connected layers. */
function makeGraph(bytes: number): {
  readonly graph: Uint8Array;
  readonly variables: readonly Variable[];
} {
  const nodes: Uint8Array[] = [];
  const variables: Variable[] = [];
  const float = message([6, 1]);
  const add = (name: string, shape: readonly number[]): string => {
    variables.push({ name, shape });
    const attributes = { dtype: float, shape: message([7, shapeProto(shape)]) };
    nodes.push(node(name, "VariableV2", [], attributes));
    return name;
  };
  const reshape = (name: string, value: string, shape: readonly number[]): string => {
    const content = new Uint8Array(Int32Array.from(shape).buffer);
    const tensor = message([1, 3], [2, shapeProto([shape.length])], [4, content]);
    nodes.push(
      node(`${name}/shape`, "Const", [], { dtype: message([6, 3]), value: message([8, tensor]) }),
      node(name, "Reshape", [value, `${name}/shape`]),
    );
    return name;
  };
  nodes.push(node("x", "Placeholder", [], {
    dtype: float,
    shape: message([7, shapeProto([1, 1, 1, 1024])]),
  }));
  let value = "x";
  const strides = message([1, message(...[1, 1, 1, 1].map((one) => [3, one] as const))]);
  for (let block = 0; sizeOf(variables) < bytes; block++) {
    const name = (layer: string): string => `block${String(block).padStart(3, "0")}/${layer}`;
    const filter = add(name("convolution/kernel"), [3, 3, 1024, 1024]);
    nodes.push(node(name("convolution"), "Conv2D", [value, filter], {
      strides,
      padding: message([2, "SAME"]),
    }));
    nodes.push(node(name("relu"), "Relu", [name("convolution")]));
    value = reshape(name("flat"), name("relu"), [1, 1024]);
    for (const [layer, [from, to]] of [[1024, 4096], [4096, 4096], [4096, 1024]].entries()) {
      const kernel = add(name(`dense${layer}/kernel`), [from ?? 0, to ?? 0]);
      nodes.push(node(name(`dense${layer}`), "MatMul", [value, kernel]));
      nodes.push(node(name(`relu${layer}`), "Relu", [name(`dense${layer}`)]));
      value = name(`relu${layer}`);
    }
    value = reshape(name("image"), value, [1, 1, 1, 1024]);
  }
  nodes.push(node("y", "Identity", [value]));
  return { graph: message(...nodes.map((bytes) => [1, bytes] as const)), variables };
}

function sizeOf(variables: readonly Variable[]): number {
  return variables.reduce((sum, { shape }) => sum + bytesOf(shape), 0);
}

function bytesOf(shape: readonly number[]): number {
  return 4 * shape.reduce((product, size) => product * size, 1);
}

/** Writes the model and returns the size of its weights. */
async function writeSavedModel(folder: string, bytes: number): Promise<number> {
  const { graph, variables } = makeGraph(bytes);
  const info = (name: string) => message([1, name], [2, 1]);
  const signature = message(
    [1, message([1, "x"], [2, info("x:0")])],
    [2, message([1, "y"], [2, info("y:0")])],
  );
  const meta = message(
    [1, message([4, "serve"])],
    [2, graph],
    [5, message([1, "serving_default"], [2, signature])],
  );
  await Deno.mkdir(join(folder, "variables"), { recursive: true });
  await Deno.writeFile(join(folder, "saved_model.pb"), message([1, 1], [2, meta]));
  const pattern = new Uint8Array(8 * 1024 ** 2);
  const floats = new Float32Array(pattern.buffer);
  for (let index = 0; index < floats.length; index++) floats[index] = Math.sin(index) * 0.05;
  using data = await Deno.open(join(folder, "variables/variables.data-00000-of-00001"), {
    write: true,
    create: true,
    truncate: true,
  });
  const entries: [string, Uint8Array][] = [["", message([1, 1])]];
  let offset = 0;
  // The keys of a table are sorted.
  for (const { name, shape } of variables.toSorted((a, b) => a.name < b.name ? -1 : 1)) {
    const byteLength = bytesOf(shape);
    let crc = 0;
    for (let done = 0; done < byteLength;) {
      const part = pattern.subarray(0, Math.min(pattern.length, byteLength - done));
      for (let written = 0; written < part.length;) {
        written += await data.write(part.subarray(written));
      }
      crc = crc32c(part, crc);
      done += part.length;
    }
    const writer = new BinaryWriter();
    writer.tag(1, WireType.Varint).int64(1);
    writer.tag(2, WireType.LengthDelimited).bytes(shapeProto(shape));
    writer.tag(4, WireType.Varint).int64(offset);
    writer.tag(5, WireType.Varint).int64(byteLength);
    writer.tag(6, WireType.Bit32).fixed32(maskCrc32c(crc));
    entries.push([name, writer.finish()]);
    offset += byteLength;
  }
  await Deno.writeFile(join(folder, "variables/variables.index"), tableOf(entries));
  return offset;
}

/** A sorted string table of one block. */
function tableOf(entries: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let position = 0;
  const append = (bytes: Uint8Array): void => {
    parts.push(bytes);
    position += bytes.length;
  };
  const appendBlock = (rows: readonly (readonly [string, Uint8Array])[]): Uint8Array => {
    const writer = new BinaryWriter();
    for (const [key, value] of rows) {
      const bytes = new TextEncoder().encode(key);
      writer.uint32(0).uint32(bytes.length).uint32(value.length).raw(bytes).raw(value);
    }
    // One restart at 0, no compression.
    const block = writer.fixed32(0).fixed32(1).raw(Uint8Array.of(0)).finish();
    const handle = new BinaryWriter().uint64(position).uint64(block.length - 1).finish();
    append(block);
    append(new Uint8Array(Uint32Array.of(maskCrc32c(crc32c(block))).buffer));
    return handle;
  };
  const data = appendBlock(entries);
  const metaIndex = appendBlock([]);
  const index = appendBlock([[entries.at(-1)?.[0] ?? "", data]]);
  const footer = new Uint8Array(48);
  footer.set(metaIndex);
  footer.set(index, metaIndex.length);
  new DataView(footer.buffer).setBigUint64(40, 0xdb4775248b80fb57n, true);
  append(footer);
  const table = new Uint8Array(position);
  let at = 0;
  for (const part of parts) {
    table.set(part, at);
    at += part.length;
  }
  return table;
}

const options = parseArgs(Deno.args, { string: ["size", "folder"] });
const { size = "1GiB", folder: parent } = options;
const folder = await Deno.makeTempDir(typeof parent === "string" ? { dir: parent } : {});
try {
  const weights = await writeSavedModel(folder, parseByteSize(String(size)));
  const output = join(folder, "model.dlc");
  const rows: string[][] = [];
  for (
    const [what, words] of [
      ["open (info)", ["info", folder]],
      ["convert", ["convert", folder, "-o", output]],
      ["convert again", ["convert", folder, "-o", output]],
    ] as const
  ) {
    const figures = await measureProcess(Deno.execPath(), ["run", "-A", CLI, ...words]);
    rows.push([
      what,
      formatBytes(weights, { binary: true }),
      `${figures.seconds.toFixed(2)} s`,
      formatBytes(figures.peakBytes, { binary: true }),
    ]);
  }
  console.log(formatTable([
    { name: "command" },
    { name: "weights", align: "right" },
    { name: "time", align: "right" },
    { name: "peak memory", align: "right" },
  ], rows));
} finally {
  await Deno.remove(folder, { recursive: true });
}
