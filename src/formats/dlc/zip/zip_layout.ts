/**
 * The records of a ZIP archive that both directions need, after PKWARE's APPNOTE 6.3.10 (sections
 * 4.3 and 4.5.3). All numbers are little endian.
 *
 * @module
 */

/** First four bytes of each record, as a little-endian number. */
export const SIGNATURE = {
  localHeader: 0x0403_4b50,
  directoryEntry: 0x0201_4b50,
  endOfDirectory: 0x0605_4b50,
  endOfDirectory64: 0x0606_4b50,
  locator64: 0x0706_4b50,
} as const;

/** Lengths of the records without names, extra fields and comments, in bytes. */
export const RECORD_BYTES = {
  localHeader: 30,
  directoryEntry: 46,
  endOfDirectory: 22,
  endOfDirectory64: 56,
  locator64: 20,
} as const;

/** Stands in a 32-bit field whose value is in the ZIP64 extra field or end record. */
export const IN_ZIP64 = 0xffff_ffff;

/** The same in a 16-bit field. */
export const IN_ZIP64_SHORT = 0xffff;

/** Identifier of the ZIP64 extra field. */
export const ZIP64_EXTRA = 0x0001;

/** Compression methods that DLC files have. */
export const METHOD = { stored: 0, deflated: 8 } as const;

/** Version needed to extract an archive with ZIP64: 4.5. */
export const VERSION_ZIP64 = 45;

/** A signature as messages show it. */
export function hexadecimal(signature: number): string {
  return `0x${signature.toString(16).padStart(8, "0")}`;
}
