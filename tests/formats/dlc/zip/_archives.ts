import { type ByteSource, openSource } from "../../../../src/io/mod.ts";
import { ArchiveWriter, QAIRT_STYLE, SNPE_STYLE } from "../../../../src/formats/dlc/zip/mod.ts";
import { MemoryOutput } from "../_memory_output.ts";

/** Writes an archive with these members, by name. */
export async function writeArchive(
  members: Readonly<Record<string, Uint8Array>>,
  style: "snpe" | "qairt" = "snpe",
): Promise<Uint8Array<ArrayBuffer>> {
  const output = new MemoryOutput();
  const archive = new ArchiveWriter(output, style === "snpe" ? SNPE_STYLE : QAIRT_STYLE);
  for (const [name, bytes] of Object.entries(members)) {
    await archive.add({
      name,
      byteLength: bytes.byteLength,
      async *chunks() {
        yield* [bytes];
      },
    });
  }
  await archive.finish();
  return output.bytes();
}

/** The bytes as a file named `bad.dlc`. */
export function openBytes(bytes: Uint8Array): Promise<ByteSource> {
  return openSource(bytes, { name: "bad.dlc" });
}
