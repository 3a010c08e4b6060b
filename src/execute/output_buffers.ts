import type { Model } from "../graph/mod.ts";
import { allocate, type KernelBuffer } from "../kernels/mod.ts";
import { byteLengthOf, countElements, type DenseTensor } from "../tensor/mod.ts";
import type { Unit } from "./cut_units.ts";

/** Kernel memory is limited and others need it too. */
const MAX_BUFFER_BYTES = 256 * 2 ** 20;

/**
 * Places in kernel memory where the engine puts outputs that kernels work on next, so that nothing is
 * copied. They are overwritten by the unit's next run.
 */
export class OutputBuffers implements Disposable {
  readonly #buffers: KernelBuffer[] = [];
  readonly #outputs = new Map<Unit, ReadonlyMap<string, DenseTensor>>();

  /**
   * Allocates the buffers; none if all together are too large.
   *
   * @param model The network.
   * @param units Its units; each is ready all the time.
   * @param values Which of their float32 outputs get a buffer.
   */
  constructor(model: Model, units: readonly Unit[], values: ReadonlySet<string>) {
    const found = units.map(({ outputs }) =>
      outputs.flatMap((name) => {
        const info = values.has(name) ? model.values.get(name) : undefined;
        return info?.dtype === "float32" ? info : [];
      })
    );
    let bytes = 0;
    for (const { dtype, shape } of found.flat()) bytes += byteLengthOf(dtype, countElements(shape));
    if (bytes > MAX_BUFFER_BYTES) return;
    for (const [index, unit] of units.entries()) {
      const outputs = new Map<string, DenseTensor>();
      for (const { name, dtype, shape } of found[index] ?? []) {
        const buffer = allocate(byteLengthOf(dtype, countElements(shape)));
        this.#buffers.push(buffer);
        outputs.set(name, { dtype, shape, data: buffer.float32() });
      }
      this.#outputs.set(unit, outputs);
    }
  }

  /** Where the outputs of a unit go, by value. */
  of(unit: Unit): ReadonlyMap<string, DenseTensor> {
    return this.#outputs.get(unit) ?? new Map();
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    for (const buffer of this.#buffers.splice(0)) buffer[Symbol.dispose]();
  }
}
