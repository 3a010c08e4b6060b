import { assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";

/**
 * Walks an archive from front to back, as no reader does, and checks that it is all members, entries
 * and end records without a byte between them, and that local headers, entries and checksums agree.
 */
export function checkArchive(bytes: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(bytes.buffer);
  const locals: (readonly [string, number, number, bigint, number])[] = [];
  let at = 0;
  while (view.getUint32(at, true) === 0x04034b50) {
    const [nameLength, extraLength] = [
      view.getUint16(at + 26, true),
      view.getUint16(at + 28, true),
    ];
    const name = text(at + 30, nameLength);
    assertEquals([view.getUint32(at + 18, true), view.getUint32(at + 22, true)], [
      0xffffffff,
      0xffffffff,
    ]);
    const size = view.getBigUint64(at + 30 + nameLength + 4, true);
    const start = at + 30 + nameLength + extraLength;
    const sum = view.getUint32(at + 14, true);
    assertEquals(sum, crc32(bytes.subarray(start, start + Number(size))));
    locals.push([name, sum, view.getUint16(at + 12, true), size, at]);
    at = start + Number(size);
  }
  const directory = at;
  const entries: typeof locals = [];
  while (view.getUint32(at, true) === 0x02014b50) {
    const [nameLength, extraLength] = [
      view.getUint16(at + 28, true),
      view.getUint16(at + 30, true),
    ];
    const field = at + 46 + nameLength;
    assertEquals(view.getBigUint64(field + 4, true), view.getBigUint64(field + 12, true));
    entries.push([
      text(at + 46, nameLength),
      view.getUint32(at + 16, true),
      view.getUint16(at + 14, true),
      view.getBigUint64(field + 4, true),
      Number(view.getBigUint64(field + 20, true)),
    ]);
    at = field + extraLength;
  }
  const names = entries.map(([name]) => name);
  assertEquals(names, names.toSorted());
  assertEquals(entries.toSorted((a, b) => a[4] - b[4]), locals);
  assertEquals(view.getUint32(at, true), 0x06064b50);
  assertEquals(view.getBigUint64(at + 24, true), BigInt(entries.length));
  assertEquals(view.getBigUint64(at + 40, true), BigInt(at - directory));
  assertEquals(view.getBigUint64(at + 48, true), BigInt(directory));
  assertEquals(view.getUint32(at + 56, true), 0x07064b50);
  assertEquals(view.getBigUint64(at + 64, true), BigInt(at));
  assertEquals(view.getUint32(at + 76, true), 0x06054b50);
  assertEquals(at + 98, bytes.byteLength);

  function text(start: number, length: number): string {
    return new TextDecoder().decode(bytes.subarray(start, start + length));
  }
}
