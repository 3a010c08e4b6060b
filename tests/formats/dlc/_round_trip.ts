import { assert, assertEquals } from "@std/assert";
import {
  type DlcDocument,
  dlcToModel,
  modelToDlc,
  type ModelToDlcOptions,
} from "../../../src/formats/dlc/mod.ts";
import { runModel } from "../../../src/execute/mod.ts";
import type { Model, Node, ValueInfo } from "../../../src/graph/mod.ts";
import { countElements, type DenseTensor } from "../../../src/tensor/mod.ts";
import { build, type GraphParts } from "../../graph/graph_builder.ts";

/** Well-mixed numbers in (-1, 1); whole numbers from 0 to 2 for integer types. */
export function noise({ shape, dtype }: Pick<ValueInfo, "shape" | "dtype">, seed = 1): DenseTensor {
  let state = seed >>> 0;
  const numbers = Float32Array.from({ length: countElements(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  if (dtype === "int64") {
    const data = BigInt64Array.from(numbers, (x) => BigInt(Math.floor((x + 1) * 1.5)));
    return { dtype, shape, data };
  }
  if (dtype === "bool") {
    return {
      dtype,
      shape,
      data: Uint8Array.from(numbers, (x) => x > 0 ? 1 : 0),
    };
  }
  return { dtype: "float32", shape, data: numbers };
}

/** A float32 constant of such numbers. */
export function weights(...shape: readonly number[]): DenseTensor {
  return noise({ shape, dtype: "float32" }, countElements(shape) + 3);
}

/** What a network computes from noise, by output name. */
export async function outputsOf(model: Model): Promise<ReadonlyMap<string, DenseTensor>> {
  const sample = new Map(model.inputs.map((input, i) => [input.name, noise(input, 11 + i)]));
  const samples = { length: 1, read: () => Promise.resolve(sample) };
  for await (const { outputs } of runModel(model, samples)) return outputs;
  throw new Error("the network computed nothing");
}

/** Asserts that two networks have equal inputs and outputs and compute the same from noise. */
export async function assertSameNumbers(actual: Model, expected: Model): Promise<void> {
  assertEquals(actual.inputs, expected.inputs);
  assertEquals(sorted(actual.outputs), sorted(expected.outputs));
  const [found, wanted] = [await outputsOf(actual), await outputsOf(expected)];
  for (const [name, { data, shape, dtype }] of wanted) {
    const other = found.get(name);
    assertEquals([other?.shape, other?.dtype], [shape, dtype], name);
    const [a, b] = [Array.from(other?.data ?? [], Number), Array.from(data, Number)];
    const largest = Math.max(1e-6, ...b.filter(Number.isFinite).map(Math.abs));
    const worst = b.findIndex((x, i) =>
      !(Object.is(x, a[i]) || Math.abs(x - (a[i] ?? NaN)) <= 2e-6 * largest)
    );
    assert(worst < 0, `${name}[${worst}] is ${a[worst]}, expected ${b[worst]}`);
  }
}

function sorted(values: readonly ValueInfo[]): readonly ValueInfo[] {
  return values.toSorted((a, b) => a.name < b.name ? -1 : 1);
}

/** A model as a document of a version, and the model that the document reads as. */
export async function roundTrip(
  model: Model,
  options: ModelToDlcOptions,
): Promise<{ readonly document: DlcDocument; readonly model: Model }> {
  const document = await modelToDlc(model, options);
  return { document, model: await dlcToModel(document) };
}

/** Asserts that a graph comes back from a version with the same numbers; returns the operators. */
export async function operatorsAfter(
  parts: GraphParts,
  version: "3" | "4",
): Promise<readonly string[]> {
  const model = await build(parts);
  const back = await roundTrip(model, { version });
  await assertSameNumbers(back.model, model);
  const again = await roundTrip(back.model, { version });
  assertEquals(structureOf(again.model), structureOf(back.model));
  return back.model.nodes.map(({ operator }) => operator);
}

/** All of a graph but the elements of its constants. */
export function structureOf(model: Model): unknown {
  return {
    nodes: model.nodes,
    values: [...model.values.values()].sort((a, b) => a.name < b.name ? -1 : 1),
    constants: Array.from(model.initializers.values(), ({ name, dtype, shape }) => ({
      name,
      dtype,
      shape,
    })).sort((a, b) => a.name < b.name ? -1 : 1),
    activations: model.encodings.activations,
    parameters: model.encodings.parameters,
  };
}

/** `name: Operator(flowing inputs)->outputs` of each node. */
export function flow(model: Model): readonly string[] {
  return model.nodes.map((node: Node) => {
    const inputs = node.inputs.filter((name) => model.values.has(name));
    return `${node.name}: ${node.operator}(${inputs})->${node.outputs}`;
  });
}
