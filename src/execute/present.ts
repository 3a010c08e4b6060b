/** Looks up what is there by construction of the plan. */
export function present<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name);
  if (found === undefined) throw new RangeError(`There is no "${name}"`);
  return found;
}
