/** The ZIP archive around a DLC: reading any sound one, writing them as Qualcomm's tools do. @module */
export { type ArchiveStyle, QAIRT_STYLE, SNPE_STYLE } from "./archive_style.ts";
export { ArchiveWriter, type NewMember } from "./archive_writer.ts";
export { openMember, openMembers } from "./open_member.ts";
export { type ArchiveMember, readArchive } from "./read_archive.ts";
export { hexadecimal } from "./zip_layout.ts";
