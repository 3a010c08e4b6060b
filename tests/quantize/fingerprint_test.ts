import { assertEquals, assertNotEquals } from "@std/assert";
import type { Model } from "../../src/graph/mod.ts";
import { openSource } from "../../src/io/mod.ts";
import { fingerprint } from "../../src/quantize/mod.ts";
import { referenceDense, referenceRange, viewTensor } from "../../src/tensor/mod.ts";
import { convolutionModel, floats } from "./small_model.ts";

function withWeight(model: Model, values: readonly number[]): Model {
  const w = referenceDense("w", floats([2, 2, 1, 1], values));
  return { ...model, initializers: new Map(model.initializers).set("w", w) };
}

Deno.test("fingerprint() is the same for the same network", async () => {
  assertEquals(await fingerprint(convolutionModel()), await fingerprint(convolutionModel()));
  assertEquals(
    await fingerprint(withWeight(convolutionModel(), [1, -0.5, 0.25, 2])),
    await fingerprint(convolutionModel()),
  );
});

Deno.test("fingerprint() knows nodes, attributes and constants", async () => {
  const model = convolutionModel();
  const own = await fingerprint(model);
  assertNotEquals(await fingerprint({ ...model, nodes: model.nodes.slice(0, -1) }), own);
  assertNotEquals(await fingerprint(withWeight(model, [1, -0.5, 0.25, 3])), own);

  const pooled = (kernel: readonly number[], alpha: number): Model => ({
    ...model,
    nodes: model.nodes.map((node) =>
      node.operator === "MaxPool"
        ? {
          ...node,
          attributes: {
            kernel_shape: { type: "ints", value: kernel },
            alpha: { type: "float", value: alpha },
          },
        }
        : node
    ),
  });
  const other = await fingerprint(pooled([2, 1], 1));
  assertNotEquals(await fingerprint(pooled([1, 2], 1)), other);
  assertNotEquals(
    await fingerprint(pooled([2, 1], Infinity)),
    await fingerprint(pooled([2, 1], -Infinity)),
  );
});

Deno.test("fingerprint() knows the factors that scale a weight", async () => {
  const model = convolutionModel();
  const scaled = (factor: number): Promise<string> => {
    const w = viewTensor(referenceDense("w", floats([2, 2, 1, 1], [1, 2, 3, 4])), {
      kind: "scale",
      axis: 0,
      factors: Float64Array.of(1, factor),
    });
    return fingerprint({ ...model, initializers: new Map(model.initializers).set("w", w) });
  };
  assertNotEquals(await scaled(2), await scaled(3));
  assertEquals(await scaled(2), await scaled(2));
});

Deno.test("fingerprint() reads the first and the last 64 KiB of a weight", async () => {
  const model = convolutionModel();
  const reads: (readonly [number, number])[] = [];
  const ofWeight = async (position: number): Promise<string> => {
    const bytes = new Uint8Array(4 * 65536);
    bytes[position] = 1;
    await using source = await openSource(bytes);
    const watched = {
      ...source,
      name: source.name,
      byteLength: source.byteLength,
      openSibling: (path: string) => source.openSibling(path),
      read: (target: Uint8Array, from: number) => {
        reads.push([from, target.length]);
        return source.read(target, from);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const v = referenceRange({
      name: "v",
      dtype: "float32",
      shape: [2, 32768],
      source: watched,
      offset: 0,
    });
    return await fingerprint({ ...model, initializers: new Map(model.initializers).set("v", v) });
  };
  const digests = new Set(await Promise.all([0, 65535, 3 * 65536, 4 * 65536 - 1].map(ofWeight)));
  assertEquals(digests.size, 4);
  assertEquals(
    new Set(reads.map(String)),
    new Set(["0,65536", `${3 * 65536},65536`]),
  );
});
