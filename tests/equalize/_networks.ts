/** Small networks for the tests of equalization. @module */
import { runModel } from "../../src/execute/mod.ts";
import type { Model } from "../../src/graph/mod.ts";
import type { SampleSource } from "../../src/tensor/mod.ts";
import {
  int,
  ints,
  node,
  noise,
  samplesOf,
  smallModel,
  tensor,
  value,
} from "../execute/_small_model.ts";

/** Multiplies channels along axis 0 by `10^(channel mod 4 - 2)`: ranges four decades apart. */
export function uneven(shape: readonly number[], seed: number) {
  const { data } = noise(shape, seed);
  const inner = data.length / (shape[0] ?? 1);
  return tensor(
    shape,
    Array.from(data, Number).map((value, i) => value * 10 ** (Math.floor(i / inner) % 4 - 2)),
  );
}

/** What stands between the layers of {@linkcode chain}: a node from `x` to `y`, such as `Relu x -> y`. */
export interface ChainOptions {
  /** Operator between layers, with further inputs. */
  readonly activation?: string;
  /** Constants it reads. */
  readonly constants?: Parameters<typeof smallModel>[0]["initializers"];
  /** Weight of the first layer. */
  readonly first?: ReturnType<typeof tensor>;
  /** Bias of the first layer. */
  readonly bias?: ReturnType<typeof tensor>;
}

/** Conv 3→8, depthwise 8 with padding, Conv 8→5, with an activation function behind the first two. */
export function chain(options: ChainOptions = {}): Model {
  const { activation = "Relu", constants = {} } = options;
  const [operator = "Relu", ...inputs] = activation.split(" ");
  const behind = (from: string, to: string) =>
    node(`${operator} ${[from, ...inputs].join(",")} -> ${to}`);
  return smallModel({
    inputs: [value("x", [1, 3, 6, 6])],
    nodes: [
      node("Conv x,w1,b1 -> c1"),
      behind("c1", "a1"),
      node("Conv a1,w2,b2 -> c2", { group: int(8), pads: ints([1, 1, 1, 1]) }),
      behind("c2", "a2"),
      node("Conv a2,w3,b3 -> y"),
    ],
    values: [
      value("c1", [1, 8, 6, 6]),
      value("a1", [1, 8, 6, 6]),
      value("c2", [1, 8, 6, 6]),
      value("a2", [1, 8, 6, 6]),
      value("y", [1, 5, 6, 6]),
    ],
    initializers: {
      w1: options.first ?? uneven([8, 3, 1, 1], 1),
      b1: options.bias ?? noise([8], 2),
      w2: uneven([8, 1, 3, 3], 3),
      b2: noise([8], 4),
      w3: noise([5, 8, 1, 1], 5),
      b3: noise([5], 6),
      ...constants,
    },
  });
}

/** Samples for {@linkcode chain}. */
export function chainSamples(count = 3, scale = 1): SampleSource {
  return samplesOf(
    ...Array.from({ length: count }, (_, seed) => {
      const { data, shape } = noise([1, 3, 6, 6], 100 + seed);
      return tensor(shape, Array.from(data, Number).map((value) => value * scale));
    }),
  );
}

/** The outputs of a network over samples, joined. */
export async function outputsOf(model: Model, samples: SampleSource): Promise<number[]> {
  const name = model.outputs[0]?.name ?? "";
  const all: number[] = [];
  for await (const { outputs } of runModel(model, samples, { engine: "native" })) {
    all.push(...Array.from(outputs.get(name)?.data ?? [], Number));
  }
  return all;
}

/** The largest difference of two lists, as a share of the largest element. */
export function difference(actual: readonly number[], expected: readonly number[]): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? NaN)))) / largest;
}
