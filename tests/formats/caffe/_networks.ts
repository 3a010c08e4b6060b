import { BinaryWriter } from "../../io/_protobuf_writer.ts";
import { openCaffe, type OpenCaffeOptions } from "../../../src/formats/caffe/mod.ts";
import type { Model } from "../../../src/graph/mod.ts";
import { openSource } from "../../../src/io/mod.ts";

/** A tensor as a caffemodel has it. */
export interface Blob {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** Four dimensions instead of a shape. */
  readonly legacy?: boolean;
  /** A tag before each element. */
  readonly unpacked?: boolean;
}

/** Encodes a `BlobProto`. */
export function blobBytes({ shape, values, legacy, unpacked }: Blob): Uint8Array {
  const writer = new BinaryWriter();
  if (legacy) {
    for (const [index, size] of shape.entries()) writer.uint32(index + 1 << 3).int64(size);
  }
  if (unpacked) { for (const value of values) writer.uint32(5 << 3 | 5).float(value); }
  else {
    writer.uint32(5 << 3 | 2).fork();
    for (const value of values) writer.float(value);
    writer.join();
  }
  if (!legacy) {
    writer.uint32(7 << 3 | 2).fork().uint32(1 << 3 | 2).fork();
    for (const size of shape) writer.int64(size);
    writer.join().join();
  }
  return writer.finish();
}

/** Encodes a caffemodel with the tensors of layers, and more fields of each layer. */
export function caffemodel(
  layers: Readonly<Record<string, readonly Blob[]>>,
  more: (name: string, writer: BinaryWriter) => void = () => {},
): Uint8Array {
  const writer = new BinaryWriter().uint32(1 << 3 | 2).string("net");
  for (const [name, blobs] of Object.entries(layers)) {
    writer.uint32(100 << 3 | 2).fork().uint32(1 << 3 | 2).string(name);
    more(name, writer);
    for (const blob of blobs) writer.uint32(7 << 3 | 2).bytes(blobBytes(blob));
    writer.join();
  }
  return writer.finish();
}

/** Opens a network given as text, with the weights of layers. */
export async function openText(
  text: string,
  layers: Readonly<Record<string, readonly Blob[]>> | Uint8Array = {},
  options: OpenCaffeOptions = {},
): Promise<Model> {
  const bytes = layers instanceof Uint8Array ? layers : caffemodel(layers);
  return await openCaffe(
    await openSource(new TextEncoder().encode(text), { name: "deploy.prototxt" }),
    { weights: await openSource(bytes, { name: "net.caffemodel" }), ...options },
  );
}

/** An `Input` layer. */
export function inputLayer(name: string, ...shape: number[]): string {
  const dims = shape.map((size) => `dim: ${size}`).join(" ");
  return `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { ${dims} } } }\n`;
}
