import fc from "fast-check";
import { assert } from "@std/assert";
import { FormatError, UnsupportedError } from "../../../../src/errors.ts";
import { type DlcDocument, dlcToModel, modelToDlc } from "../../../../src/formats/dlc/mod.ts";
import {
  build,
  float,
  floats,
  input,
  integers,
  node,
  scalar,
} from "../../../graph/graph_builder.ts";
import { weights } from "../_round_trip.ts";

/** A network that has most kinds of attributes. */
function network() {
  return build({
    inputs: [input("x", 1, 4, 6, 6)],
    constants: {
      w: weights(4, 4, 3, 3),
      b: weights(4),
      min: scalar(0),
      max: scalar(6),
      slope: weights(4, 1, 1),
      c: weights(1, 4, 1, 1),
      starts: integers(0),
      stops: integers(2),
      axes: integers(2),
      sizes: integers(1, 4, 4, 6),
      fc: weights(5, 96),
      g: weights(4),
      v: floats([4]),
    },
    nodes: [
      node("Conv", ["x", "w", "b"], "a1", { pads: [1, 1, 1, 1] }),
      node("BatchNormalization", ["a1", "g", "b", "g", "v"], "a2"),
      node("Clip", ["a2", "min", "max"], "a3"),
      node("PRelu", ["a3", "slope"], "a4"),
      node("Mul", ["a4", "c"], "a5"),
      node("MaxPool", ["a5"], "a6", { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
      node("Slice", ["a6", "starts", "stops", "axes"], "a7"),
      node("Concat", ["a7", "a7"], "a8", { axis: 2 }),
      node("Resize", ["a8", "", "", "sizes"], "a9", {
        mode: "linear",
        coordinate_transformation_mode: "asymmetric",
      }),
      node("Transpose", ["a9"], "a10", { perm: [0, 2, 1, 3] }),
      node("LeakyRelu", ["a10"], "a11", { alpha: float(0.25) }),
      node("Flatten", ["a11"], "a12"),
      node("Gemm", ["a12", "fc"], "a13", { transB: 1 }),
      node("Softmax", ["a13"], "y", { axis: 1 }),
    ],
    outputNames: ["y"],
  });
}

const EXTREMES = [0, -1, 1, 2, 3, 7, 255, 65536, 2 ** 31 - 1, 2 ** 32 - 1, -(2 ** 31), 0.5, NaN];
const STRINGS = ["", "x", "y", "w", "a1", "Conv2d", "Neuron", "constructor", "__proto__"];

/** Where a document holds numbers and short texts; bytes of tensors are left alone. */
function placesOf(value: unknown, found: [object, string][] = []): [object, string][] {
  if (typeof value !== "object" || value === null || value instanceof Map) return found;
  for (const [key, item] of Object.entries(value)) {
    if (key === "data" || key === "kind" || key === "version") continue;
    if (typeof item === "number" || typeof item === "string") found.push([value, key]);
    else placesOf(item, found);
  }
  return found;
}

function copy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copy) as T;
  if (typeof value !== "object" || value === null || value instanceof Map) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, key === "data" ? item : copy(item)]),
  ) as T;
}

/** Fields of the file that hold integers cannot hold anything else. */
function fitting(holder: object, key: string, number: number): number {
  const isFloat = "kind" in holder && holder.kind === "float" ||
    ["min", "max", "scale"].includes(key);
  return isFloat || Number.isInteger(number) ? number : 4;
}

for (const version of ["3", "4"] as const) {
  Deno.test(`dlcToModel() reads or refuses any change of a document of version ${version}`, async () => {
    const original: DlcDocument = await modelToDlc(await network(), { version });
    const places = placesOf(copy(original)).length;
    const change = fc.record({
      place: fc.nat(places - 1),
      number: fc.constantFrom(...EXTREMES),
      text: fc.constantFrom(...STRINGS),
    });
    const property = fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 2 }),
      async (list) => {
        const document = copy(original);
        const found = placesOf(document);
        for (const { place, number, text } of list) {
          const [holder, key] = found[place] ?? [{}, ""];
          const old = Reflect.get(holder, key);
          Reflect.set(holder, key, typeof old === "number" ? fitting(holder, key, number) : text);
        }
        try {
          await dlcToModel(document);
        } catch (error) {
          const isNamed = error instanceof FormatError || error instanceof UnsupportedError;
          assert(isNamed, error instanceof Error ? error.stack : String(error));
        }
      },
    );
    await fc.assert(property, { seed: 20260102, numRuns: 400 });
  });
}
