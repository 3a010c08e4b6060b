/**
 * Whether a file that begins with `head` is to be opened as a DLC: it is a ZIP archive, and no other
 * format here is one. `openDlc` says whether the members are those of a DLC.
 *
 * @param head The first bytes of the file, four or more.
 */
export function isDlc(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 0x03 && head[3] === 0x04;
}
