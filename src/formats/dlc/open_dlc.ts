import type { ByteSource } from "../../io/mod.ts";
import type { DlcDocument, DlcRecord } from "./document.ts";
import { readVersion } from "./header.ts";
import { JSON_METADATA_MEMBER, MEMBER } from "./member_names.ts";
import { parseMetadata, readMetadataText } from "./metadata.ts";
import { damaged, type SourceRange } from "./source_range.ts";
import { readNetwork3 } from "./version3/network3.ts";
import { readNetwork4 } from "./version4/network4.ts";
import { openMembers, readArchive } from "./zip/mod.ts";

/** A document whose tensors can be read until it is disposed of; disposing closes the source. */
export type OpenedDlc = DlcDocument & AsyncDisposable;

/**
 * Reads everything of a DLC but the elements of tensors, which stay where they are.
 *
 * @param source The file. The document owns it from now on; on an error it stays the caller's.
 * @throws {FormatError} If the file is damaged or no DLC.
 * @throws {UnsupportedError} If it is of a version or has a form that is not read.
 */
export async function openDlc(source: ByteSource): Promise<OpenedDlc> {
  const members = await openMembers(await readArchive(source));
  const document = await readDocument(source, members);
  return { ...document, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
}

async function readDocument(
  source: ByteSource,
  members: ReadonlyMap<string, SourceRange>,
): Promise<DlcDocument> {
  const model = findMember(source, members, MEMBER.model);
  const parameters = findMember(source, members, MEMBER.parameters);
  const version = await readVersion(model, MEMBER.model);
  const parametersVersion = await readVersion(parameters, MEMBER.parameters);
  if (version !== parametersVersion) {
    throw damaged(source, parameters.offset, {
      what: `version of member "${MEMBER.parameters}"`,
      found: parametersVersion,
      expected: `${version}, that of member "${MEMBER.model}"`,
    });
  }
  const metadata = await readMetadata(members);
  if (version === "3.0") {
    const records = findRecords(members, (name) => UNDERSTOOD.includes(name));
    return { ...await readNetwork3(model, parameters), metadata, records };
  }
  const tensors = members.get(MEMBER.tensors);
  const graphs = await readNetwork4({ model, parameters, tensors });
  const jsonMetadata = await readJsonMetadata(members);
  const records = findRecords(
    members,
    (name) => UNDERSTOOD.includes(name) || name === MEMBER.tensors || jsonMetadata.has(name),
  );
  return { version, graphs, metadata, jsonMetadata, records };
}

/** Members that are understood in every version. */
const UNDERSTOOD: readonly string[] = [MEMBER.model, MEMBER.parameters, MEMBER.metadata];

function findMember(
  source: ByteSource,
  members: ReadonlyMap<string, SourceRange>,
  name: string,
): SourceRange {
  const member = members.get(name);
  if (member !== undefined) return member;
  throw damaged(source, 0, {
    what: "members of the archive",
    found: [...members.keys()].slice(0, 8).map((found) => `"${found}"`).join(", ") || "none",
    expected: `"${MEMBER.model}" and "${MEMBER.parameters}", as in every DLC`,
  });
}

async function readMetadata(
  members: ReadonlyMap<string, SourceRange>,
): Promise<ReadonlyMap<string, string>> {
  const member = members.get(MEMBER.metadata);
  if (member === undefined) return new Map();
  return parseMetadata(await readMetadataText(member, MEMBER.metadata));
}

async function readJsonMetadata(
  members: ReadonlyMap<string, SourceRange>,
): Promise<ReadonlyMap<string, string>> {
  const metadata = new Map<string, string>();
  for (const [name, member] of members) {
    if (JSON_METADATA_MEMBER.test(name)) metadata.set(name, await readMetadataText(member, name));
  }
  return metadata;
}

function findRecords(
  members: ReadonlyMap<string, SourceRange>,
  isUnderstood: (name: string) => boolean,
): DlcRecord[] {
  return [...members]
    .filter(([name]) => !isUnderstood(name))
    .map(([name, { source, offset, byteLength }]) => ({ name, source, offset, byteLength }));
}
