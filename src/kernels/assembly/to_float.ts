// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts
import { joinFloats } from "./doubles.ts";
import { loadFour } from "./load_four.ts";

/** `count` doubles, each rounded to the nearest float. */
export function doubleToFloat(source: usize, target: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(target, joinFloats(v128.load(source), v128.load(source, 16)));
    source += 32;
    target += 16;
  }
  convertOneByOne<f64>(source, target, count);
}

/** `count` integers of type u8. */
export function uint8ToFloat(source: usize, target: usize, count: i32): void {
  convertByFours<u8>(source, target, count);
}

/** `count` integers of type i8. */
export function int8ToFloat(source: usize, target: usize, count: i32): void {
  convertByFours<i8>(source, target, count);
}

/** `count` integers of type u16. */
export function uint16ToFloat(source: usize, target: usize, count: i32): void {
  convertByFours<u16>(source, target, count);
}

/** `count` integers of type i16. */
export function int16ToFloat(source: usize, target: usize, count: i32): void {
  convertByFours<i16>(source, target, count);
}

/** `count` integers of type u32. */
export function uint32ToFloat(source: usize, target: usize, count: i32): void {
  convertByFours<u32>(source, target, count);
}

/** `count` integers of type i32. */
export function int32ToFloat(source: usize, target: usize, count: i32): void {
  convertByFours<i32>(source, target, count);
}

/** `count` integers of type u64, each rounded to the nearest float. */
export function uint64ToFloat(source: usize, target: usize, count: i32): void {
  convertOneByOne<u64>(source, target, count);
}

/** `count` integers of type i64, each rounded to the nearest float. */
export function int64ToFloat(source: usize, target: usize, count: i32): void {
  convertOneByOne<i64>(source, target, count);
}

function convertByFours<T>(source: usize, target: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    const integers = loadFour<T>(source);
    v128.store(
      target,
      isSigned<T>() ? f32x4.convert_i32x4_s(integers) : f32x4.convert_i32x4_u(integers),
    );
    source += 4 * sizeof<T>();
    target += 16;
  }
  convertOneByOne<T>(source, target, count);
}

function convertOneByOne<T>(source: usize, target: usize, count: i32): void {
  for (; count > 0; count--) {
    store<f32>(target, <f32> load<T>(source));
    source += sizeof<T>();
    target += 4;
  }
}
