/** Indexing the graph of an ONNX file: 100 000 nodes of 25 fields each, 12 MB. */
import { openSource, type ProtobufField, readProtobufFields } from "../../src/io/mod.ts";
import { BinaryWriter } from "./_protobuf_writer.ts";

const NODES = 100_000;

function writeGraph(): Uint8Array {
  const graph = new BinaryWriter();
  for (let node = 0; node < NODES; node++) {
    graph.tag(1, 2).fork()
      .tag(1, 2).string(`input_${node}`)
      .tag(1, 2).string(`weight_${node}`)
      .tag(2, 2).string(`output_${node}`)
      .tag(3, 2).string(`node_${node}`)
      .tag(4, 2).string("Conv");
    for (let attribute = 0; attribute < 4; attribute++) {
      graph.tag(5, 2).fork()
        .tag(1, 2).string("strides")
        .tag(8, 0).int64(1)
        .tag(8, 0).int64(1)
        .tag(20, 0).int32(7)
        .join();
    }
    graph.join();
  }
  return new BinaryWriter().tag(7, 2).bytes(graph.finish()).finish();
}

function readNode(node: ProtobufField): number {
  let read = 0;
  for (const field of node.fields("NodeProto")) {
    if (field.number === 5) {
      for (const part of field.fields("AttributeProto")) {
        read += part.number === 1 ? part.string().length : part.integer();
      }
    } else {
      read += field.string().length;
    }
  }
  return read;
}

const path = await Deno.makeTempFile({ suffix: ".onnx" });
addEventListener("unload", () => Deno.removeSync(path));
await Deno.writeFile(path, writeGraph());

Deno.bench("Deno.readFile of the same file", { group: "graph", baseline: true }, async () => {
  await Deno.readFile(path);
});

Deno.bench(
  "readProtobufFields() and every value of 100 000 nodes",
  { group: "graph" },
  async () => {
    await using source = await openSource(path);
    let read = 0;
    const file = { offset: 0, byteLength: source.byteLength };
    for await (const model of readProtobufFields(source, file, { message: "ModelProto" })) {
      for await (const node of readProtobufFields(source, model, { message: "GraphProto" })) {
        read += readNode(node);
      }
    }
    if (read < NODES) throw new Error(`read ${read}`);
  },
);
