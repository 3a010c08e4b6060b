import { composeMember, type DlcVersion } from "../../../src/formats/dlc/header.ts";
import { layOutFlatBuffer, type TableField } from "../../../src/formats/dlc/flatbuffer/mod.ts";
import type { OpenedDlc } from "../../../src/formats/dlc/mod.ts";
import { openBad } from "./_documents.ts";
import { writeArchive } from "./zip/_archives.ts";

/** The two FlatBuffers of a DLC, described by hand, and what stands beside them. */
export interface Composition {
  readonly version: DlcVersion;
  readonly model: TableField;
  readonly parameters: TableField;
  readonly identifier?: string;
  readonly tensors?: Uint8Array;
}

/** Opens a DLC that has exactly the given tables, however wrong, as `bad.dlc`. */
export async function openComposed(composition: Composition): Promise<OpenedDlc> {
  const { version, model, parameters, identifier = "NETP", tensors } = composition;
  return await openBad(
    await writeArchive({
      model: await member(version, model, "NETD"),
      "model.params": await member(version, parameters, identifier),
      ...(tensors !== undefined && { "model.params.bin": tensors }),
    }),
  );
}

async function member(
  version: DlcVersion,
  root: TableField,
  identifier: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const { chunks: stream } = composeMember("member", version, layOutFlatBuffer(root, identifier));
  for await (const chunk of stream()) chunks.push(chunk.slice());
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
