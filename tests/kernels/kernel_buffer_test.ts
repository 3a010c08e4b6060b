import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { MemoryLimitError } from "../../src/errors.ts";
import { allocate } from "../../src/kernels/mod.ts";

Deno.test("allocate() hands out pieces that do not overlap and begin at cache lines", () => {
  using a = allocate(100);
  using b = allocate(1);
  a.bytes().fill(1);
  b.bytes().fill(2);
  assertEquals(a.address % 64, 0);
  assertEquals(b.address % 64, 0);
  assertEquals(a.bytes(), new Uint8Array(100).fill(1));
  assertEquals(b.bytes(), new Uint8Array([2]));
});

Deno.test("allocate() uses the memory of a disposed buffer again", () => {
  const first = allocate(1 << 20);
  const { address } = first;
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  using second = allocate(1 << 20);
  assertEquals(second.address, address);
  using third = allocate(1 << 20);
  assertEquals(third.address >= address + (1 << 20), true);
});

Deno.test("allocate() takes a size of 0", () => {
  using empty = allocate(0);
  using other = allocate(0);
  assertEquals(empty.bytes().length, 0);
  assertEquals(empty.address === other.address, false);
});

Deno.test("allocate() refuses what does not fit and a size that is none", () => {
  const error = assertThrows(() => allocate(2 ** 30), MemoryLimitError);
  assertEquals(
    /^Cannot allocate 1073741824 bytes of kernel memory: the largest free piece has \d+$/
      .test(error.message),
    true,
  );
  for (const size of [-1, 0.5, NaN, 2 ** 60]) {
    assertThrows(
      () => allocate(size),
      RangeError,
      `Cannot allocate kernel memory: the size is ${size}, expected an integer >= 0`,
    );
  }
});

Deno.test("allocate() leaves earlier views attached, however much it hands out", () => {
  using buffer = allocate(16);
  const view = buffer.float32();
  view.set([1, 2, 3, 4]);
  using large = allocate(900 * 2 ** 20);
  assertEquals(large.byteLength, 900 * 2 ** 20);
  assertEquals([...view], [1, 2, 3, 4]);
  assertStrictEquals(view.buffer, buffer.bytes().buffer);
});

Deno.test("KernelBuffer views the same bytes as every element type", () => {
  using buffer = allocate(19);
  buffer.bytes().fill(0xff);
  assertEquals(buffer.bytes().length, 19);
  assertEquals(buffer.int8()[18], -1);
  assertEquals([buffer.uint16().length, buffer.uint16()[8]], [9, 0xffff]);
  assertEquals([buffer.int16().length, buffer.int16()[8]], [9, -1]);
  assertEquals([buffer.uint32().length, buffer.uint32()[3]], [4, 0xffffffff]);
  assertEquals([buffer.int32().length, buffer.int32()[3]], [4, -1]);
  assertEquals([buffer.float32().length, buffer.float32()[3]], [4, NaN]);
  assertEquals([buffer.float64().length, buffer.float64()[1]], [2, NaN]);
  assertEquals([buffer.uint64().length, buffer.uint64()[1]], [2, 2n ** 64n - 1n]);
  assertEquals([buffer.int64().length, buffer.int64()[1]], [2, -1n]);
});

Deno.test("KernelBuffer refuses views once disposed", () => {
  const buffer = allocate(4);
  buffer[Symbol.dispose]();
  assertThrows(
    () => buffer.float32(),
    TypeError,
    "Cannot view a kernel buffer: it is disposed",
  );
});
