/**
 * How Qualcomm's tools lay out the archives they write, beyond what the ZIP format demands. All of
 * them use ZIP64 in every header and store members without compression.
 */
export interface ArchiveStyle {
  /** Date of every member in MS-DOS form; fixed, so that the same document gives the same bytes. */
  readonly date: number;
  /**
   * The offset of each member's content is a multiple of this. QAIRT reaches it by padding at the
   * end of the local ZIP64 field; 1 for no padding and no room for it.
   */
  readonly alignment: number;
}

/** Archives of SNPE 1.x and early 2.x: members follow each other without gaps; 1 January 1980. */
export const SNPE_STYLE: ArchiveStyle = { date: 0x0021, alignment: 1 };

/**
 * Archives of QAIRT: no date, aligned content. The real file aligns to 8; 64 includes that and lets
 * tensors at multiples of 64 be mapped into memory as they are.
 */
export const QAIRT_STYLE: ArchiveStyle = { date: 0, alignment: 64 };
