import type { Node, ValueInfo } from "../graph/mod.ts";
import type { Range } from "../kernels/mod.ts";
import type { DenseTensor } from "../tensor/mod.ts";
import { meanNodes } from "./mean_nodes.ts";
import { rangeNodes } from "./range_nodes.ts";

/** Which statistics are wanted. */
export interface WantedStatistics {
  /** Values whose ranges the engine shall compute. */
  readonly ranges?: ReadonlySet<string>;
  /** Values whose channel means the engine shall prepare, with their channel axes. */
  readonly means?: ReadonlyMap<string, number>;
}

/** Statistics of values, by value. */
export interface Statistics {
  /** See {@linkcode RangeNodes.take}. */
  readonly ranges: ReadonlyMap<string, Range>;
  /** The mean of each channel. */
  readonly means: ReadonlyMap<string, Float64Array>;
}

/** Nodes that compute statistics inside the engine. */
export interface StatisticNodes {
  /** To append to the graph. */
  readonly nodes: readonly Node[];
  /** Their outputs. */
  readonly outputs: readonly ValueInfo[];
  /** The constants they read. */
  readonly initializers: ReadonlyMap<string, DenseTensor>;
  /** Moves the results out of the outputs of a run. */
  take(tensors: Map<string, DenseTensor>): Statistics;
}

/**
 * Makes the nodes that compute ranges and channel means of float32 values. The engine starts at the
 * last node of which nothing is read, and runs what that one needs first; so those of early values come
 * last: each value is reduced as soon as it is made, and lives no longer than it would without.
 *
 * @param values What a graph makes, in the order of its nodes.
 * @param wanted Which of them have which statistic.
 */
export function statisticNodes(
  values: readonly ValueInfo[],
  { ranges: ranged = new Set(), means: averaged = new Map() }: WantedStatistics,
): StatisticNodes {
  const made = values.map((value) => {
    const axis = averaged.get(value.name);
    const mean = axis === undefined ? undefined : meanNodes(value, axis);
    const range = ranged.has(value.name) ? rangeNodes(value.name, mean !== undefined) : undefined;
    return { value: value.name, mean, range };
  });
  const scalar = { dtype: "float32", shape: [] } as const;
  const ranging = made.flatMap(({ range }) => range?.nodes ?? []);
  const averaging = made.flatMap(({ mean }) => mean ?? []);
  return {
    nodes: made.toReversed().flatMap(({ mean, range }) => [
      ...(range?.nodes ?? []),
      ...(mean?.nodes ?? []),
    ]),
    outputs: [
      ...ranging.map(({ name }) => ({ name, ...scalar })),
      ...averaging.map(({ output }) => output),
    ],
    initializers: new Map(averaging.flatMap(({ initializers }) => [...initializers])),
    take(tensors): Statistics {
      const ranges = new Map<string, Range>();
      const means = new Map<string, Float64Array>();
      for (const { value, mean, range } of made) {
        const numbers = mean?.take(tensors);
        if (numbers !== undefined) means.set(value, numbers);
        if (range !== undefined) ranges.set(value, range.take(tensors, numbers));
      }
      return { ranges, means };
    },
  };
}
