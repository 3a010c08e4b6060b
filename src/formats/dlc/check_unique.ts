/**
 * Throws unless all names differ: readers find layers, tensors and members by name.
 *
 * @param kind What the names are of, in the plural.
 * @throws {RangeError} If a name occurs twice.
 */
export function checkUnique(kind: string, items: readonly { readonly name: string }[]): void {
  const names = new Set<string>();
  for (const { name } of items) {
    if (names.has(name)) {
      throw new RangeError(`Cannot write a DLC with two ${kind} named "${name}"`);
    }
    names.add(name);
  }
}
