// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { blockSide, transposeBlock } from "./transpose_block.ts";

/** Bytes a side of the tiles that stay in the nearest cache: one cache line. */
const TILE_BYTES: i32 = 64;

/**
 * Writes the transpose of a plane of `rows` x `columns` elements of `bytes` bytes: rows lie
 * `sourceStride` bytes apart in the source, columns `targetStride` bytes apart in the target.
 */
export function transposePlane(
  source: usize,
  target: usize,
  rows: i32,
  columns: i32,
  sourceStride: usize,
  targetStride: usize,
  bytes: i32,
): void {
  if (bytes == 1) transposeTiles<u8>(source, target, rows, columns, sourceStride, targetStride);
  else if (bytes == 2) {
    transposeTiles<u16>(source, target, rows, columns, sourceStride, targetStride);
  } else if (bytes == 4) {
    transposeTiles<u32>(source, target, rows, columns, sourceStride, targetStride);
  } else transposeTiles<u64>(source, target, rows, columns, sourceStride, targetStride);
}

function transposeTiles<T>(
  source: usize,
  target: usize,
  rows: i32,
  columns: i32,
  sourceStride: usize,
  targetStride: usize,
): void {
  const tile = TILE_BYTES / sizeof<T>();
  for (let column = 0; column < columns; column += tile) {
    const width = min(tile, columns - column);
    for (let row = 0; row < rows; row += tile) {
      transposeTile<T>(
        source + <usize> row * sourceStride + <usize> column * sizeof<T>(),
        target + <usize> column * targetStride + <usize> row * sizeof<T>(),
        min(tile, rows - row),
        width,
        sourceStride,
        targetStride,
      );
    }
  }
}

/** Block by block, the rest element by element. */
function transposeTile<T>(
  source: usize,
  target: usize,
  rows: i32,
  columns: i32,
  sourceStride: usize,
  targetStride: usize,
): void {
  const side = blockSide<T>();
  for (; columns >= side; columns -= side) {
    let from = source;
    let to = target;
    let left = rows;
    for (; left >= side; left -= side) {
      transposeBlock<T>(from, to, sourceStride, targetStride);
      from += sourceStride * side;
      to += side * sizeof<T>();
    }
    transposeElements<T>(from, to, left, side, sourceStride, targetStride);
    source += side * sizeof<T>();
    target += targetStride * side;
  }
  transposeElements<T>(source, target, rows, columns, sourceStride, targetStride);
}

function transposeElements<T>(
  source: usize,
  target: usize,
  rows: i32,
  columns: i32,
  sourceStride: usize,
  targetStride: usize,
): void {
  for (; columns > 0; columns--) {
    let from = source;
    let to = target;
    for (let left = rows; left > 0; left--) {
      store<T>(to, load<T>(from));
      from += sourceStride;
      to += sizeof<T>();
    }
    source += sizeof<T>();
    target += targetStride;
  }
}
