import { assertEquals, assertThrows } from "@std/assert";
import { parseByteSize } from "../../src/io/mod.ts";

Deno.test("parseByteSize() reads numbers with and without units", () => {
  assertEquals(parseByteSize("65536"), 65536);
  assertEquals(parseByteSize("512MiB"), 536870912);
  assertEquals(parseByteSize("1.5 GB"), 1500000000);
  assertEquals(parseByteSize("64k"), 65536);
  assertEquals(parseByteSize("2GIB"), 2147483648);
  assertEquals(parseByteSize("0"), 0);
  assertEquals(parseByteSize("3 tb"), 3e12);
});

Deno.test("parseByteSize() refuses what is no size", () => {
  for (const text of ["", "MiB", "-5", "5 parsecs", "1e6", "0x10", "1,5GB"]) {
    assertThrows(
      () => parseByteSize(text),
      RangeError,
      `Cannot read the size "${text}": expected a number with an optional unit, such as "512MiB", "1.5GB" or "65536"`,
    );
  }
});

Deno.test("parseByteSize() refuses sizes that a number does not hold exactly", () => {
  assertThrows(
    () => parseByteSize("9000000TiB"),
    RangeError,
    'Cannot use the size "9000000TiB": it is larger than 9007199254740991 bytes',
  );
});
