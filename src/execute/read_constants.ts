import { byteLengthOf, countElements, type DenseTensor, readDense } from "../tensor/mod.ts";
import type { TensorReference } from "../tensor/mod.ts";

/** Below this the engine gets a constant inside the graph, where it also sees shapes and axes. */
const LARGE_BYTES = 4096;

/** Options for {@linkcode readConstants}. */
export interface ReadConstantsOptions {
  /** Bytes for everything; views of constants may use a quarter of it while they are read. */
  readonly memoryLimit?: number;
  /** Where views put what does not fit; the system's folder for temporary files by default. */
  readonly tempDirectory?: string;
  /** Ends the reading early. */
  readonly signal?: AbortSignal;
}

/** Constants in memory, by name. */
export interface Constants {
  /** Those that go into the graph: indices, shapes, short vectors. */
  readonly small: ReadonlyMap<string, DenseTensor>;
  /** Those that go beside it. */
  readonly large: ReadonlyMap<string, DenseTensor>;
}

/** Reads constants, in float32 where they are stored as anything less. */
export async function readConstants(
  references: Iterable<TensorReference>,
  { memoryLimit, tempDirectory, signal }: ReadConstantsOptions,
): Promise<Constants> {
  const small = new Map<string, DenseTensor>();
  const large = new Map<string, DenseTensor>();
  for (const reference of references) {
    signal?.throwIfAborted();
    const bytes = byteLengthOf(reference.dtype, countElements(reference.shape));
    const tensor = await readDense(reference, {
      maxBytes: Infinity, // the plan has checked that there is room
      ...(memoryLimit === undefined ? {} : { memoryLimit: memoryLimit / 4 }),
      ...(tempDirectory === undefined ? {} : { tempDirectory }),
      ...(signal === undefined ? {} : { signal }),
    });
    const inside = bytes < LARGE_BYTES || reference.dtype === "int64";
    (inside ? small : large).set(reference.name, tensor);
  }
  return { small, large };
}
