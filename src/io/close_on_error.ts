/**
 * Reads what owns files from then on; an error closes them at once.
 *
 * @param files The files, in the order in which they are closed.
 * @param read Reads; it gets what closes the files later.
 * @returns What it read.
 */
export async function closeOnError<T>(
  files: readonly (AsyncDisposable | undefined)[],
  read: (dispose: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const dispose = async (): Promise<void> => {
    for (const file of files) await file?.[Symbol.asyncDispose]();
  };
  try {
    return await read(dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}
