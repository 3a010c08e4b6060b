import { MemoryLimitError } from "../errors.ts";
import type { ValueInfo } from "../graph/mod.ts";
import { allocate, type KernelBuffer } from "../kernels/mod.ts";
import { byteLengthOf, countElements, type DenseTensor } from "../tensor/mod.ts";

/** Kernel memory is limited and others need it too. */
const MAX_BUFFER_BYTES = 256 * 2 ** 20;

/**
 * Places in kernel memory where the engine puts outputs of a unit that kernels work on next, so that
 * nothing is copied or allocated. They are overwritten by the unit's next run.
 */
export class OutputBuffers implements Disposable {
  readonly #buffers: KernelBuffer[] = [];
  readonly #outputs = new Map<string, DenseTensor>();

  /**
   * Allocates the buffers; none if all together are too large for kernel memory.
   *
   * @param values The outputs; those that are not float32 get no buffer.
   */
  constructor(values: Iterable<ValueInfo>) {
    const infos = [...values].filter(({ dtype }) => dtype === "float32");
    let bytes = 0;
    for (const { dtype, shape } of infos) bytes += byteLengthOf(dtype, countElements(shape));
    if (bytes > MAX_BUFFER_BYTES) return;
    try {
      for (const { name, dtype, shape } of infos) {
        const buffer = allocate(byteLengthOf(dtype, countElements(shape)));
        this.#buffers.push(buffer);
        this.#outputs.set(name, { dtype, shape, data: buffer.float32() });
      }
    } catch (error) {
      this[Symbol.dispose]();
      // Kernel memory is full: outputs go to ordinary memory, and kernels copy.
      if (!(error instanceof MemoryLimitError)) throw error;
    }
  }

  /** Where outputs go, by value. */
  get outputs(): ReadonlyMap<string, DenseTensor> {
    return this.#outputs;
  }

  /** Frees the buffers. */
  [Symbol.dispose](): void {
    this.#outputs.clear();
    for (const buffer of this.#buffers.splice(0)) buffer[Symbol.dispose]();
  }
}
