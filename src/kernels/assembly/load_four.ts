// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/** Four neighbouring integers of type T, widened to 32 bits. */
export function loadFour<T>(source: usize): v128 {
  if (sizeof<T>() == 1) {
    const bytes = v128.load32_zero(source);
    return isSigned<T>()
      ? i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes))
      : i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
  }
  if (sizeof<T>() == 2) {
    return isSigned<T>() ? v128.load_ext<i16>(source) : v128.load_ext<u16>(source);
  }
  return v128.load(source);
}
