// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/** Elements a side of the tiles that stay in the nearest cache. */
const TILE: i32 = 16;

/**
 * Writes the transpose of a plane of `rows` x `columns` elements: rows lie `sourceStride` bytes apart
 * in the source, columns `targetStride` bytes apart in the target.
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
  for (let column = 0; column < columns; column += TILE) {
    const width = min(TILE, columns - column);
    for (let row = 0; row < rows; row += TILE) {
      const height = min(TILE, rows - row);
      const from = source + <usize> row * sourceStride + <usize> (column * bytes);
      const to = target + <usize> column * targetStride + <usize> (row * bytes);
      if (bytes == 4) transposeTile4(from, to, height, width, sourceStride, targetStride);
      else if (bytes == 1) transposeTile<u8>(from, to, height, width, sourceStride, targetStride);
      else if (bytes == 2) transposeTile<u16>(from, to, height, width, sourceStride, targetStride);
      else transposeTile<u64>(from, to, height, width, sourceStride, targetStride);
    }
  }
}

/** Element by element. */
function transposeTile<T>(
  source: usize,
  target: usize,
  rows: i32,
  columns: i32,
  sourceStride: usize,
  targetStride: usize,
): void {
  for (let column = 0; column < columns; column++) {
    let from = source;
    let to = target;
    for (let row = 0; row < rows; row++) {
      store<T>(to, load<T>(from));
      from += sourceStride;
      to += sizeof<T>();
    }
    source += sizeof<T>();
    target += targetStride;
  }
}

/** Four by four of 32 bits, the rest element by element. */
function transposeTile4(
  source: usize,
  target: usize,
  rows: i32,
  columns: i32,
  sourceStride: usize,
  targetStride: usize,
): void {
  for (; columns >= 4; columns -= 4) {
    let from = source;
    let to = target;
    let left = rows;
    for (; left >= 4; left -= 4) {
      const row0 = v128.load(from);
      const row1 = v128.load(from + sourceStride);
      const row2 = v128.load(from + sourceStride * 2);
      const row3 = v128.load(from + sourceStride * 3);
      const low01 = v128.shuffle<i32>(row0, row1, 0, 4, 1, 5);
      const low23 = v128.shuffle<i32>(row2, row3, 0, 4, 1, 5);
      const high01 = v128.shuffle<i32>(row0, row1, 2, 6, 3, 7);
      const high23 = v128.shuffle<i32>(row2, row3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
      v128.store(to + targetStride, v128.shuffle<i64>(low01, low23, 1, 3));
      v128.store(to + targetStride * 2, v128.shuffle<i64>(high01, high23, 0, 2));
      v128.store(to + targetStride * 3, v128.shuffle<i64>(high01, high23, 1, 3));
      from += sourceStride * 4;
      to += 16;
    }
    transposeTile<u32>(from, to, left, 4, sourceStride, targetStride);
    source += 16;
    target += targetStride * 4;
  }
  transposeTile<u32>(source, target, rows, columns, sourceStride, targetStride);
}
