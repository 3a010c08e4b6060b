/** Writing 512 MiB in pieces of 1 MiB, sync to the disk and rename included. */
import { createAtomicOutput } from "../../src/io/mod.ts";

const BYTES = 512 * 1024 ** 2;
const piece = new Uint8Array(1024 ** 2).fill(7);
const folder = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

Deno.bench("file.write and syncData", { group: "512 MiB", baseline: true }, async () => {
  using file = await Deno.open(`${folder}/plain`, { write: true, create: true, truncate: true });
  for (let written = 0; written < BYTES; written += piece.length) await file.write(piece);
  await file.syncData();
});

Deno.bench("AtomicOutput", { group: "512 MiB" }, async () => {
  await using output = await createAtomicOutput(`${folder}/atomic`);
  for (let written = 0; written < BYTES; written += piece.length) await output.write(piece);
  await output.commit();
});

Deno.bench("AtomicOutput in pieces of 100 bytes, 32 MiB", { group: "small" }, async () => {
  await using output = await createAtomicOutput(`${folder}/small`);
  const small = piece.subarray(0, 100);
  for (let written = 0; written < BYTES / 16; written += 100) await output.write(small);
  await output.commit();
});
