import { MemoryLimitError } from "../errors.ts";
import type { Model } from "../graph/mod.ts";
import { cutUnits, type CutUnitsOptions, mayBlock, type Unit } from "./cut_units.ts";
import { PREPARE_BLOCKED_FACTOR, PREPARE_FACTOR, SESSION_BYTES } from "./memory_costs.ts";

/** How a network runs. */
export interface Plan {
  /** In order. */
  readonly units: readonly Unit[];
  /** Whether all units are ready at the same time; if not, each runs all samples before the next. */
  readonly resident: boolean;
  /** For values that one unit makes and others read: the indices of those units, ascending. */
  readonly uses: ReadonlyMap<string, readonly number[]>;
  /** Bytes that activations between units may take. */
  readonly storeBytes: number;
  /** A unit whose activations take no more bytes keeps its buffers from run to run. */
  readonly pooledBytes: number;
}

/** Options for {@linkcode planUnits}. */
export interface PlanOptions extends Omit<CutUnitsOptions, "unitLimit" | "kept"> {
  /** Bytes for everything. */
  readonly memoryLimit: number;
  /** Values that are read after all units are done: one more use, with the index after the last. */
  readonly kept: ReadonlySet<string>;
  /** Runs all samples through each unit before the next even where all units fit at a time. */
  readonly unitByUnit?: boolean;
}

/**
 * Decides how a network runs in a memory limit: all sessions at the same time if they fit, else unit
 * by unit over all samples, with half of the limit for the unit and a quarter for what waits between units;
 * the rest is for what no plan counts.
 *
 * @throws {MemoryLimitError} If one node alone is over the limit.
 */
export function planUnits(model: Model, options: PlanOptions): Plan {
  const { memoryLimit, kept, boundaries } = options;
  const largest = cutUnits(model, { ...options, unitLimit: memoryLimit });
  // The engine may keep twice as much; what nearly fills the limit would be over it.
  const pooledBytes = memoryLimit / 8;
  for (const blocked of mayBlock(boundaries) ? [true, false] : [false]) {
    if (options.unitByUnit === true) break;
    if (residentBytes(largest, blocked) > memoryLimit) continue;
    const units = largest.map((unit) => ({ ...unit, blocked }));
    return {
      ...{ units, resident: true, uses: usesOf(units, kept), storeBytes: memoryLimit },
      // All sessions together would keep too much.
      pooledBytes: units.length === 1 ? pooledBytes : 0,
    };
  }
  try {
    const unitLimit = memoryLimit / 2;
    const units = cutUnits(model, { ...options, unitLimit });
    const storeBytes = memoryLimit / 4;
    return { units, resident: false, uses: usesOf(units, kept), storeBytes, pooledBytes };
  } catch (error) {
    if (!(error instanceof MemoryLimitError)) throw error;
    // A node needs more than half: what waits goes to the file.
    const uses = usesOf(largest, kept);
    return { units: largest, resident: false, uses, storeBytes: 0, pooledBytes: 0 };
  }
}

/** Peak of memory with all sessions ready: the last one is made while the others are there. */
function residentBytes(units: readonly Unit[], blocked: boolean): number {
  if (units.some(({ tiles }) => tiles !== undefined)) return Infinity;
  const factor = blocked ? PREPARE_BLOCKED_FACTOR : PREPARE_FACTOR;
  let sum = 0;
  let extra = 0;
  for (const { weightBytes, activationBytes, outputBytes } of units) {
    sum += SESSION_BYTES + weightBytes + outputBytes;
    extra = Math.max(extra, (factor - 1) * weightBytes, activationBytes);
  }
  return sum + extra;
}

function usesOf(
  units: readonly Unit[],
  kept: ReadonlySet<string>,
): ReadonlyMap<string, readonly number[]> {
  const uses = new Map<string, number[]>();
  for (const { outputs } of units) for (const output of outputs) uses.set(output, []);
  for (const [index, { inputs }] of units.entries()) {
    for (const input of inputs) uses.get(input)?.push(index);
  }
  for (const value of kept) uses.get(value)?.push(units.length);
  return uses;
}
