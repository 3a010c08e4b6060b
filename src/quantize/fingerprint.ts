import { createHash } from "node:crypto";
import type { Model } from "../graph/mod.ts";
import type { TensorReference, View } from "../tensor/mod.ts";

/** How much of the beginning and of the end of a stored tensor is read. */
const END_BYTES = 64 * 1024;

/**
 * A digest of a network: its graph, attributes and shapes, and its constants. Of a large constant,
 * the first and the last 64 KiB as stored count, so that little is read.
 *
 * @param model The network.
 * @param options The abort signal.
 */
export async function fingerprint(
  model: Model,
  options: { readonly signal?: AbortSignal } = {},
): Promise<string> {
  const hash = createHash("sha256");
  const add = (part: unknown): void => {
    hash.update(JSON.stringify(part, exactNumbers));
  };
  const addTensor = async (tensor: TensorReference): Promise<void> => {
    const { dtype, shape, storedDtype, storedShape, storage, views } = tensor;
    add([dtype, shape, storedDtype, storedShape, views.map(describeView)]);
    if (storage.kind === "concat") {
      add(storage.axis);
      for (const part of storage.parts) await addTensor(part);
      return;
    }
    for await (const bytes of ends(storage, options)) hash.update(bytes);
  };

  add([model.inputs, model.outputs]);
  for (const { operator, inputs, outputs, attributes } of model.nodes) {
    add([operator, inputs, outputs]);
    for (const [name, attribute] of Object.entries(attributes).sort(byName)) {
      add(name);
      if (attribute.type === "tensor") await addTensor(attribute.value);
      else add(attribute.value);
    }
  }
  for (const { name, dtype, shape } of model.values.values()) add([name, dtype, shape]);
  for (const [name, tensor] of model.initializers) {
    add(name);
    await addTensor(tensor);
  }
  return hash.digest("hex");
}

/** The first and the last bytes of what is stored; all of a small tensor. */
async function* ends(
  storage: Exclude<TensorReference["storage"], { kind: "concat" }>,
  options: { readonly signal?: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const { byteLength } = storage.kind === "bytes" ? storage.bytes : storage;
  const first = Math.min(byteLength, END_BYTES);
  const last = Math.max(first, byteLength - END_BYTES);
  for (const [start, end] of [[0, first], [last, byteLength]] as const) {
    if (start === end) continue;
    if (storage.kind === "bytes") {
      yield storage.bytes.subarray(start, end);
      continue;
    }
    const bytes = new Uint8Array(end - start);
    await storage.source.read(bytes, storage.offset + start, options);
    yield bytes;
  }
}

function describeView(view: View): unknown {
  return view.kind === "scale" ? { ...view, factors: [...view.factors] } : view;
}

/** JSON has no infinities, and no NaN. */
function exactNumbers(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
