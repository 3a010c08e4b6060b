/** Whether no number is NaN or infinite; without a call for each, which takes many times as long. */
export function allFinite(numbers: Float64Array): boolean {
  // Zero for finite numbers, NaN for others; and NaN stays.
  let zero = 0;
  for (let i = 0; i < numbers.length; i++) zero += 0 * numbers[i]!;
  return zero === 0;
}
