import type { ModelEncodings } from "../graph/mod.ts";
import { type ByteSource, openSource } from "../io/mod.ts";
import type { DlcDocument, DlcRecord } from "./dlc/mod.ts";
import { formatAimetEncodings, readEncodings } from "./encodings/mod.ts";

/**
 * The archive member that keeps `--quantization-overrides`, in AIMET's JSON. Qualcomm's tools keep
 * overrides somewhere nobody outside has described; unknown members are tolerated.
 */
const MEMBER = "dlcstream.quantization_overrides.json";

/** The record for overrides; `undefined` if there are none. */
export async function overridesRecord(overrides: ModelEncodings): Promise<DlcRecord | undefined> {
  if (overrides.activations.size + overrides.parameters.size === 0) return undefined;
  const text = formatAimetEncodings(overrides, { version: "0.6.1" });
  const source = await openSource(new TextEncoder().encode(text), { name: MEMBER });
  return { name: MEMBER, source, offset: 0, byteLength: source.byteLength };
}

/** The overrides that a document keeps; `undefined` if there are none. */
export async function readOverridesRecord(
  document: DlcDocument,
): Promise<ModelEncodings | undefined> {
  const record = document.records.find(({ name }) => name === MEMBER);
  return record === undefined ? undefined : await readEncodings(partOf(record));
}

function partOf(record: DlcRecord): ByteSource {
  const { source, offset, byteLength } = record;
  return {
    name: `${source.name}:${record.name}`,
    byteLength,
    read: (target, position, options) => source.read(target, offset + position, options),
    openSibling: (path) => source.openSibling(path),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
