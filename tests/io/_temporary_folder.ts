/** A folder that vanishes with all that is in it. */
export async function makeFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.realPath(await Deno.makeTempDir());
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** The names in a folder, sorted. */
export function listNames(path: string): string[] {
  return Array.from(Deno.readDirSync(path), (entry) => entry.name).sort();
}
