// deno-lint-ignore-file no-console
import { allocate } from "../../src/kernels/mod.ts";

/** What benches run on: as much as one chunk of a tensor. */
export const CHUNK_BYTES = 4 * 2 ** 20;

/** How many floats a chunk holds. */
export const CHUNK_FLOATS = CHUNK_BYTES / 4;

/** A bench that moves a known number of bytes. */
export interface ThroughputBench {
  /** What is run, without the size. */
  readonly name: string;
  /** Benches that are compared. */
  readonly group: string;
  /** Whether the others of the group are compared with this one. */
  readonly baseline?: boolean;
  /**
   * The bytes that one run reads (or writes, if that is more).
   *
   * @default {CHUNK_BYTES}
   */
  readonly bytes?: number;
  /** One run. */
  readonly run: () => void;
}

const fastest = new Map<string, { readonly bytes: number; milliseconds: number }>();

/** Registers a bench; when all are done the best GB/s of each is printed too. */
export function benchThroughput(bench: ThroughputBench): void {
  const { name, group, baseline = false, bytes = CHUNK_BYTES, run } = bench;
  const title = `${name}, ${bytes / 2 ** 20} MiB`;
  Deno.bench({
    name: title,
    group,
    baseline,
    n: baseline ? 10 : 50,
    warmup: baseline ? 3 : 10,
    fn(context) {
      const start = performance.now();
      context.start();
      run();
      context.end();
      const milliseconds = performance.now() - start;
      const best = fastest.get(title);
      if (best === undefined || milliseconds < best.milliseconds) {
        fastest.set(title, { bytes, milliseconds });
      }
    },
  });
}

globalThis.addEventListener("unload", () => {
  console.log("\nbest run");
  for (const [title, { bytes, milliseconds }] of fastest) {
    console.log(`${(bytes / milliseconds / 1e6).toFixed(2).padStart(8)} GB/s  ${title}`);
  }
});

/** A chunk in kernel memory that lives as long as the bench, of numbers in [-1.1, 0.9). */
export function createChunk(): Float32Array<ArrayBuffer> {
  const chunk = allocate(CHUNK_BYTES).float32();
  let state = 1;
  for (let i = 0; i < chunk.length; i++) {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    chunk[i] = state / 2 ** 31 - 1.1;
  }
  return chunk;
}
