import type { Table } from "./flatbuffer/mod.ts";

/** QNN's tensors have at most eight dimensions. */
const MAX_RANK = 32;

/**
 * Reads the dimensions of a tensor.
 *
 * @param subject The tensor, for messages.
 * @throws {FormatError} If there are too many, or the number of elements is beyond 2^53.
 */
export async function readShape(table: Table, slot: number, subject: string): Promise<number[]> {
  const shape = await table.uint32s(slot);
  if (shape.length > MAX_RANK) {
    throw table.damaged(`number of dimensions of ${subject}`, shape.length, `at most ${MAX_RANK}`);
  }
  const elements = shape.reduce((product, dimension) => product * dimension, 1);
  if (Number.isSafeInteger(elements)) return shape;
  throw table.damaged(
    `dimensions of ${subject}`,
    `[${shape.join(", ")}]`,
    "fewer than 2^53 elements",
  );
}
