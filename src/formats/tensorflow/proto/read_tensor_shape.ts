import { FormatError } from "../../../errors.ts";
import type { ProtobufField } from "../../../io/mod.ts";
import { MAX_RANK } from "./limits.ts";

/** A shape as a file states it: -1 stands for a size that is open, `undefined` for an open rank. */
export type StatedShape = readonly number[] | undefined;

/**
 * Reads a `TensorShapeProto`.
 *
 * @throws {FormatError} If it has too many dimensions.
 */
export function readTensorShape(field: ProtobufField): StatedShape {
  const shape: number[] = [];
  let unknownRank = false;
  for (const part of field.fields("TensorShapeProto")) {
    if (part.number === 3) unknownRank = part.boolean();
    if (part.number !== 2) continue;
    let size = 0;
    for (const dimension of part.fields("TensorShapeProto.Dim")) {
      if (dimension.number === 1) size = dimension.integer();
    }
    shape.push(Math.max(size, -1));
    if (shape.length > MAX_RANK) throw tooMany(field);
  }
  return unknownRank ? undefined : shape;
}

function tooMany(field: ProtobufField): FormatError {
  return new FormatError(
    `Cannot read "${field.source.name}": the shape at byte ${field.offset} has more than ` +
      `${MAX_RANK} dimensions`,
    { file: field.source.name, offset: field.offset, expected: `at most ${MAX_RANK}` },
  );
}
