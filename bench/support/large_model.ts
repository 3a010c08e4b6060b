import {
  type Attribute,
  buildModel,
  type ByteSource,
  countElements,
  type Model,
  type Node,
  referenceDense,
  referenceRange,
  type TensorReference,
  writeOnnx,
} from "dlcstream";

/** Layers of one block: kind, and how many channels go in and come out. */
const BLOCK = [
  ["convolution3", 1024, 1024], // 36 MiB of weights
  ["convolution1", 1024, 1024], // 4 MiB
  ["convolution1", 1024, 4096], // 16 MiB
  ...Array.from({ length: 7 }, () => ["fully connected", 4096, 4096] as const), // 64 MiB each
  ["fully connected", 4096, 1024], // 16 MiB
] as const;

const CHANNELS = 1024;

/** The constant that turns a vector into an image of one pixel. */
const AXES = "image_axes";

/** The weights repeat after this many bytes, which no layer's size is a multiple of. */
const PATTERN_BYTES = 4 * 2_097_143;

/**
 * Writes an ONNX model of a given size with its weights in a file beside it, without holding any.
 *
 * @param path The model's file.
 * @param bytes The least size of the weights, rounded up to whole blocks of 520 MiB.
 * @returns The size of the weights in bytes.
 */
export async function writeLargeModel(path: string, bytes: number): Promise<number> {
  await using model = await createLargeModel(bytes);
  await writeOnnx(model, path, { externalDataBytes: 0 });
  let written = 0;
  for (const { shape } of model.initializers.values()) written += 4 * countElements(shape);
  return written;
}

/**
 * Makes a model of a given size whose weights are computed when they are read. Its images have one
 * pixel, so that running it costs little beside its weights.
 *
 * @param bytes The least size of the weights, rounded up to whole blocks of 520 MiB.
 */
export async function createLargeModel(bytes: number): Promise<Model> {
  const nodes: Node[] = [];
  const initializers = new Map<string, TensorReference>([
    [AXES, referenceDense(AXES, { dtype: "int64", shape: [2], data: BigInt64Array.of(2n, 3n) })],
  ]);
  let written = 0;
  let value = "input";
  const source = patternSource(2 * bytes + 2 ** 30);
  const add = (name: string, shape: readonly number[]): string => {
    initializers.set(
      name,
      referenceRange({ name, dtype: "float32", shape, source, offset: written }),
    );
    written += 4 * countElements(shape);
    return name;
  };
  const append = (
    operator: string,
    inputs: readonly string[],
    attributes: Node["attributes"] = {},
  ): void => {
    const name = `${operator}_${nodes.length}`;
    nodes.push({ name, operator, inputs: [value, ...inputs], outputs: [name], attributes });
    value = name;
  };
  for (let block = 0; written < bytes; block++) {
    let flat = false;
    for (const [position, [kind, channelsIn, channelsOut]] of BLOCK.entries()) {
      const name = `block${block}.layer${position}`;
      const bias = add(`${name}.bias`, [channelsOut]);
      if (kind === "fully connected") {
        if (!flat) append("Flatten", []);
        flat = true;
        append("Gemm", [add(`${name}.weight`, [channelsOut, channelsIn]), bias], {
          transB: int(1),
        });
      } else {
        const size = kind === "convolution3" ? 3 : 1;
        append("Conv", [add(`${name}.weight`, [channelsOut, channelsIn, size, size]), bias], {
          kernel_shape: ints(size, size),
          pads: size === 3 ? ints(1, 1, 1, 1) : ints(0, 0, 0, 0),
        });
      }
      append("Relu", []);
    }
    append("Unsqueeze", [AXES]);
  }
  return await buildModel({
    name: "large",
    inputs: [{ name: "input", dtype: "float32", shape: [1, CHANNELS, 1, 1] }],
    outputNames: [value],
    nodes,
    initializers,
    metadata: { producer: "dlcstream bench" },
    dispose: () => Promise.resolve(),
  });
}

function int(value: number): Attribute {
  return { type: "int", value };
}

function ints(...value: readonly number[]): Attribute {
  return { type: "ints", value };
}

/** Bytes without a file behind them: small random floats, over and over. */
function patternSource(byteLength: number): ByteSource {
  const floats = new Float32Array(PATTERN_BYTES / 4);
  let state = 1;
  for (let index = 0; index < floats.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    floats[index] = state / 2 ** 31 * 0.05;
  }
  const pattern = new Uint8Array(floats.buffer);
  return {
    name: "pattern",
    byteLength,
    read(target, position): Promise<void> {
      for (let done = 0; done < target.length;) {
        const piece = pattern.subarray((position + done) % PATTERN_BYTES)
          .subarray(0, target.length - done);
        target.set(piece, done);
        done += piece.length;
      }
      return Promise.resolve();
    },
    openSibling: () => Promise.reject(new Error("A pattern has no files beside it")),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
