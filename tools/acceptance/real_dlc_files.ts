import { crc32 } from "node:zlib";
import { join } from "@std/path";
import {
  type DlcDocument,
  openDlc,
  openSource,
  readChunks,
  type TensorReference,
  writeDlc,
} from "dlcstream";
import { type Check, type Finding, verdict } from "./check.ts";
import { createTemporaryFolder } from "./temporary_folder.ts";

const FOLDER = "data/vectors/dlc";

/** Files that Qualcomm's tools made are read and written again without loss. */
export const REAL_DLC_FILES: Check = {
  title: "Real DLC files, read and written again",
  columns: [
    { name: "file" },
    { name: "version" },
    { name: "layers", align: "right" },
    { name: "tensors", align: "right" },
    { name: "tensor bytes", align: "right" },
    { name: "fields", align: "right" },
    { name: "that differ", align: "right" },
  ],
  async *run(shared): AsyncGenerator<Finding> {
    await using folder = await createTemporaryFolder();
    const files = await Array.fromAsync(Deno.readDir(shared.path(FOLDER)), ({ name }) => name);
    for (const name of files.filter((name) => name.endsWith(".dlc")).sort()) {
      await using original = await openDlc(await openSource(shared.path(FOLDER, name)));
      const before = await describe(original);
      const path = join(folder.path, name);
      await writeDlc(original, path);
      await using again = await openDlc(await openSource(path));
      const after = await describe(again);
      const differing = before.lines.filter((line, index) => line !== after.lines[index]).length +
        Math.abs(before.lines.length - after.lines.length);
      yield {
        cells: [
          name,
          original.version,
          `${layersOf(original)}`,
          `${before.tensors}`,
          `${before.bytes}`,
          `${before.lines.length}`,
          `${differing}`,
        ],
        verdict: verdict(differing === 0),
      };
    }
  },
};

function layersOf(document: DlcDocument): number {
  return document.version === "3.0"
    ? document.layers.length
    : document.graphs.reduce((sum, { operators }) => sum + operators.length, 0);
}

interface Description {
  /** A line for each field of the document: its path and its value. */
  readonly lines: readonly string[];
  readonly tensors: number;
  readonly bytes: number;
}

/** Spells a document out, tensors by type, shape and the checksum of their bytes. */
async function describe(document: DlcDocument): Promise<Description> {
  const lines: string[] = [];
  let tensors = 0;
  let bytes = 0;
  const visit = async (path: string, value: unknown): Promise<void> => {
    if (isTensor(value)) {
      let sum = 0;
      for await (const { data } of readChunks(value)) {
        const chunk = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        sum = crc32(chunk, sum);
        bytes += chunk.byteLength;
      }
      tensors++;
      lines.push(`${path}: ${value.dtype} [${value.shape}] ${sum}`);
    } else if (value instanceof Map || Array.isArray(value)) {
      for (const [key, entry] of value.entries()) await visit(`${path}/${key}`, entry);
    } else if (typeof value === "object" && value !== null && !("read" in value)) {
      for (const [key, entry] of Object.entries(value)) {
        // Where in the file the bytes of a record lie may change.
        if (key !== "offset" || path.includes("encodings")) await visit(`${path}/${key}`, entry);
      }
    } else if (typeof value !== "function" && typeof value !== "object") {
      lines.push(`${path}: ${value}`);
    }
  };
  await visit("", document);
  return { lines, tensors, bytes };
}

function isTensor(value: unknown): value is TensorReference {
  return typeof value === "object" && value !== null && "storage" in value && "views" in value;
}
