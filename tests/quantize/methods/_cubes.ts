/**
 * The samples that encodings of other tools were computed for: cubes of the sum of four uniform
 * numbers, with long tails.
 */
export function cubes(seed: number, count = 4096): Float32Array<ArrayBuffer> {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => {
    const sum = uniform() + uniform() + uniform() + uniform() - 2;
    return sum ** 3 + 0.1;
  });
}
