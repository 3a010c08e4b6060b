import { MemoryLimitError } from "../errors.ts";
import type { Model, ValueInfo } from "../graph/mod.ts";
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
   * Allocates the buffers; none if all together are too large for kernel memory.
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
    try {
      for (const [index, unit] of units.entries()) {
        const buffers = (found[index] ?? []).map((info) =>
          [info.name, this.#allocate(info)] as const
        );
        this.#outputs.set(unit, new Map(buffers));
      }
    } catch (error) {
      this[Symbol.dispose]();
      // Kernel memory is full: outputs go to ordinary memory, and kernels copy.
      if (!(error instanceof MemoryLimitError)) throw error;
    }
  }

  /** Where the outputs of a unit go, by value. */
  of(unit: Unit): ReadonlyMap<string, DenseTensor> {
    return this.#outputs.get(unit) ?? new Map();
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    this.#outputs.clear();
    for (const buffer of this.#buffers.splice(0)) buffer[Symbol.dispose]();
  }

  #allocate({ dtype, shape }: ValueInfo): DenseTensor {
    const buffer = allocate(byteLengthOf(dtype, countElements(shape)));
    this.#buffers.push(buffer);
    return { dtype, shape, data: buffer.float32() };
  }
}
