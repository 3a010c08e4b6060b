import { type ByteSource, openSource } from "../../../src/io/mod.ts";
import {
  type DlcArgument,
  type DlcDocument,
  openDlc,
  type OpenedDlc,
} from "../../../src/formats/dlc/mod.ts";
import type { TensorReference } from "../../../src/tensor/mod.ts";

/** The real files in `testdata/dlc`. */
export const REAL_FILES = [
  "deeplabv3_quantized_hta_enabled.dlc",
  "ep_six_ops_v4.1.dlc",
  "test_abs.dlc",
  "test_abs_q.dlc",
  "test_concat_2d_axis_0.dlc",
] as const;

const DIRECTORY = new URL("../../../testdata/dlc/", import.meta.url);

/** Opens a real file. */
export async function openReal(name: typeof REAL_FILES[number]): Promise<OpenedDlc> {
  return await openDlc(await openSource(new URL(name, DIRECTORY)));
}

/** The bytes of a small real file. */
export async function readReal(name: typeof REAL_FILES[number]): Promise<Uint8Array<ArrayBuffer>> {
  return await Deno.readFile(new URL(name, DIRECTORY));
}

/** Opens bytes as a DLC named `bad.dlc`. */
export async function openBad(bytes: Uint8Array): Promise<OpenedDlc> {
  return await openDlc(await openSource(bytes, { name: "bad.dlc" }));
}

/**
 * All that a document says, with bytes in place of references to them; equal for equal documents in
 * different files. The bytes come from the stored ranges, not through the readers of tensors.
 */
export async function contentOf(document: DlcDocument): Promise<unknown> {
  return await dissolve(Object.fromEntries(Object.entries(document)));
}

async function dissolve(value: unknown): Promise<unknown> {
  if (isTensor(value)) {
    const { dtype, shape, storage } = value;
    return { dtype, shape, bytes: storage.kind === "bytes" ? storage.bytes : await read(storage) };
  }
  if (isRange(value)) return { name: value.name, bytes: await read(value) };
  if (value instanceof Map) return await Promise.all([...value].map(dissolve));
  if (Array.isArray(value)) return await Promise.all(value.map(dissolve));
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await dissolve(item)]);
  return Object.fromEntries(await Promise.all(entries));
}

interface Range {
  readonly name?: string;
  readonly source: ByteSource;
  readonly offset: number;
  readonly byteLength: number;
}

function isTensor(value: unknown): value is TensorReference {
  return typeof value === "object" && value !== null && "storage" in value;
}

function isRange(value: unknown): value is Range {
  return typeof value === "object" && value !== null && "source" in value && "byteLength" in value;
}

async function read(range: unknown): Promise<Uint8Array> {
  if (!isRange(range)) throw new Error("expected a range of bytes");
  const bytes = new Uint8Array(range.byteLength);
  await range.source.read(bytes, range.offset);
  return bytes;
}

/** The argument of a name. */
export function argument(list: readonly DlcArgument[], name: string): DlcArgument | undefined {
  return list.find((item) => item.name === name);
}

/** Arguments as a plain object: names and values. */
export function valuesOf(list: readonly DlcArgument[]): Record<string, unknown> {
  return Object.fromEntries(
    list.map((item) => [item.name, item.kind === "nested" ? valuesOf(item.value) : item.value]),
  );
}
