import { assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../../../src/errors.ts";
import { readArchive } from "../../../../src/formats/dlc/zip/mod.ts";
import { openBytes, writeArchive } from "./_archives.ts";

/** Where the records of the archive lie that the tests below change. */
const AT = { second: 60, directory: 126, secondEntry: 205, end64: 291, locator: 347, end: 367 };

function twoMembers(): Promise<Uint8Array<ArrayBuffer>> {
  return writeArchive({ model: new Uint8Array(5).fill(1), "model.params": new Uint8Array(4) });
}

interface Mutation {
  readonly what: string;
  readonly change: (view: DataView, bytes: Uint8Array) => Uint8Array | void;
  readonly message: string;
  readonly kind?: "UnsupportedError";
}

const MUTATIONS: readonly Mutation[] = [
  {
    what: "a file without an end record",
    change: (_, bytes) => bytes.subarray(0, AT.end),
    message:
      '"bad.dlc": end of the ZIP archive: found no end record, expected one (the file may be ' +
      "truncated) (byte 367)",
  },
  {
    what: "an empty file",
    change: (_, bytes) => bytes.subarray(0, 0),
    message:
      '"bad.dlc": end of the ZIP archive: found no end record, expected one (the file may be ' +
      "truncated) (byte 0)",
  },
  {
    what: "an end record without the ZIP64 records it needs",
    change: (_, bytes) => bytes.subarray(AT.end),
    message:
      '"bad.dlc": place of the ZIP64 locator: found bytes -20 to 0, expected inside the 0 bytes before the next record (byte 0)',
  },
  {
    what: "a wrong signature of the ZIP64 locator",
    change: (view) => view.setUint8(AT.locator, 0),
    message:
      '"bad.dlc": signature of the ZIP64 locator: found 0x07064b00, expected 0x07064b50 (byte 347)',
  },
  {
    what: "a ZIP64 end record outside the file",
    change: (view) => view.setBigUint64(AT.locator + 8, 1n << 60n, true),
    message: '"bad.dlc": 64-bit number in the ZIP64 end records: found 1152921504606846976, ' +
      "expected at most 389 (byte 355)",
  },
  {
    what: "a ZIP64 end record that overlaps its locator",
    change: (view) => view.setBigUint64(AT.locator + 8, 300n, true),
    message:
      '"bad.dlc": place of the ZIP64 end record: found bytes 300 to 356, expected inside the 347 bytes before the next record (byte 347)',
  },
  {
    what: "a wrong signature of the ZIP64 end record",
    change: (view) => view.setUint8(AT.end64, 0),
    message:
      '"bad.dlc": signature of the ZIP64 end record: found 0x06064b00, expected 0x06064b50 (byte 291)',
  },
  {
    what: "a split archive",
    change: (view) => view.setUint32(AT.end64 + 16, 3, true),
    message: '"bad.dlc": it is disk 3 of a split ZIP archive; join the parts first',
    kind: "UnsupportedError",
  },
  {
    what: "a directory that ends behind its end record",
    change: (view) => view.setBigUint64(AT.end64 + 40, 200n, true),
    message: '"bad.dlc": end of the central directory: found 326, expected at most 291 (byte 291)',
  },
  {
    what: "more entries than the directory holds",
    change: (view) => view.setBigUint64(AT.end64 + 32, 300n, true),
    message:
      '"bad.dlc": entry of the central directory: found 0 bytes, expected at least 46 (byte 291)',
  },
  {
    what: "fewer entries than the directory holds",
    change: (view) => view.setBigUint64(AT.end64 + 32, 1n, true),
    message:
      '"bad.dlc": end of the central directory: found 86 bytes after its 1 entries, expected none ' +
      "(byte 205)",
  },
  {
    what: "a wrong signature of an entry",
    change: (view) => view.setUint8(AT.directory, 0),
    message: '"bad.dlc": signature of an entry of the central directory: found 0x02014b00, ' +
      "expected 0x02014b50 (byte 126)",
  },
  {
    what: "a name that is longer than the directory",
    change: (view) => view.setUint16(AT.directory + 28, 60_000, true),
    message:
      '"bad.dlc": entry of the central directory: found 165 bytes, expected at least 60074 (byte 126)',
  },
  {
    what: "an extra field that ends early",
    change: (view) => view.setUint16(AT.directory + 46 + 5 + 2, 8, true),
    message:
      '"bad.dlc": ZIP64 extra field of member "model": found 8 bytes, expected at least 16 bytes ' +
      "(byte 126)",
  },
  {
    what: "an extra field that is longer than its place",
    change: (view) => view.setUint16(AT.directory + 46 + 5 + 2, 80, true),
    message:
      '"bad.dlc": extra field of member "model": found 80 bytes, expected at most 24 (byte 126)',
  },
  {
    what: "no ZIP64 field where one is needed",
    change: (view) => view.setUint16(AT.directory + 46 + 5, 0x9999, true),
    message:
      '"bad.dlc": ZIP64 extra field of member "model": found none, expected at least 8 bytes (byte 126)',
  },
  {
    what: "a size above 2^53",
    change: (view) => view.setBigUint64(AT.directory + 46 + 5 + 4, 1n << 60n, true),
    message:
      '"bad.dlc": size or offset of member "model": found 1152921504606846976, expected at most 389 ' +
      "(byte 126)",
  },
  {
    what: "an uncompressed member of two sizes",
    change: (view) => view.setBigUint64(AT.directory + 46 + 5 + 4, 6n, true),
    message:
      '"bad.dlc": stored size of uncompressed member "model": found 5, expected 6 (byte 126)',
  },
  {
    what: "an encrypted member",
    change: (view) => view.setUint16(AT.directory + 8, 1, true),
    message: 'member "model" of "bad.dlc": it is encrypted; decrypt the archive first',
    kind: "UnsupportedError",
  },
  {
    what: "an unknown compression method",
    change: (view) => view.setUint16(AT.directory + 10, 93, true),
    message:
      'member "model" of "bad.dlc": compression method 93 is not supported; stored and deflated members are, repack ' +
      "with `zip -0`",
    kind: "UnsupportedError",
  },
  {
    what: "a local header outside the file",
    change: (view) => view.setBigUint64(AT.directory + 46 + 5 + 20, 10_000n, true),
    message:
      '"bad.dlc": end of the local header of member "model": found 10030, expected at most 126, ' +
      "where the central directory begins (byte 126)",
  },
  {
    what: "a wrong signature of a local header",
    change: (view) => view.setUint8(0, 0),
    message: '"bad.dlc": signature in the local header of member "model": found 0x04034b00, ' +
      "expected 0x04034b50 (byte 0)",
  },
  {
    what: "two names for one member",
    change: (view) => view.setUint8(30, 0x58),
    message:
      '"bad.dlc": name in the local header of member "model": found Xodel, expected model (byte 0)',
  },
  {
    what: "two lengths of a name",
    change: (view) => view.setUint16(26, 6, true),
    message:
      '"bad.dlc": length of the name in the local header of member "model": found 6, expected 5 ' +
      "(byte 0)",
  },
  {
    what: "two methods of one member",
    change: (view) => view.setUint16(8, 8, true),
    message:
      '"bad.dlc": method in the local header of member "model": found 8, expected 0 (byte 0)',
  },
  {
    what: "two sizes of one member",
    change: (view) => view.setBigUint64(30 + 5 + 4, 6n, true),
    message: '"bad.dlc": size in the local header of member "model": found 6, expected 5 (byte 0)',
  },
  {
    what: "a local header with an extra field past the directory",
    change: (view) => view.setUint16(28, 60_000, true),
    message:
      '"bad.dlc": end of the local header of member "model": found 60035, expected at most 126, ' +
      "where the central directory begins (byte 126)",
  },
  {
    what: "a member that overlaps another",
    change: (view) => {
      for (const at of [AT.directory + 46 + 5 + 4, 30 + 5 + 4]) {
        view.setBigUint64(at, 30n, true);
        view.setBigUint64(at + 8, 30n, true);
      }
    },
    message:
      '"bad.dlc": offset of member "model.params": found 60, expected at least 85, where the member ' +
      "before ends (byte 205)",
  },
  {
    what: "a member that overlaps the directory",
    change: (view) => {
      for (const at of [AT.secondEntry + 46 + 12 + 4, AT.second + 30 + 12 + 4]) {
        view.setBigUint64(at, 9n, true);
        view.setBigUint64(at + 8, 9n, true);
      }
    },
    message:
      '"bad.dlc": end of member "model.params": found 131, expected at most 126, where the central ' +
      "directory begins (byte 205)",
  },
];

for (const { what, change, message, kind = "FormatError" } of MUTATIONS) {
  Deno.test(`readArchive refuses ${what}`, async () => {
    const bytes = await twoMembers();
    const changed = change(new DataView(bytes.buffer), bytes) ?? bytes;
    const source = await openBytes(changed);
    const error = await assertRejects(() => readArchive(source), Error);
    assertEquals(`${error.name}: ${error.message}`, `${kind}: Cannot read ${message}`);
  });
}

Deno.test("readArchive refuses a name that occurs twice", async () => {
  const bytes = await writeArchive({ model: new Uint8Array(1), modem: new Uint8Array(1) });
  bytes[56 + 30 + 4] = bytes[112 + 79 + 46 + 4] = "l".charCodeAt(0);
  const source = await openBytes(bytes);
  const error = await assertRejects(() => readArchive(source), FormatError);
  assertEquals(
    error.message,
    'Cannot read "bad.dlc": names of members: found "model" twice, expected each once (byte 191)',
  );
});

Deno.test("readArchive reads every truncation of an archive as an error", async () => {
  const bytes = await twoMembers();
  for (let byteLength = 0; byteLength < bytes.byteLength; byteLength++) {
    const source = await openBytes(bytes.subarray(0, byteLength));
    await assertRejects(() => readArchive(source), FormatError);
  }
});

Deno.test("readArchive reads archives without ZIP64, with comments and with data descriptors", async () => {
  // Python's zipfile writes this to a stream that cannot seek: `hello`, with the comment "DLC".
  const bytes = Uint8Array.fromHex(
    "504b0304140008000000000021000000000000000000000000000500000068656c6c6f68656c6c6f0a504b070820" +
      "303a360600000006000000504b010214031400080000000000210020303a36060000000600000005000000000000" +
      "000000000080010000000068656c6c6f504b0506000000000100010033000000390000000300444c43",
  );
  const [member, ...others] = (await readArchive(await openBytes(bytes))).values();
  assertEquals(others, []);
  assertEquals([member?.name, member?.offset, member?.byteLength], ["hello", 35, 6]);
});
