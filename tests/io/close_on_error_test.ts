import { assertEquals, assertRejects } from "@std/assert";
import { closeOnError } from "../../src/io/mod.ts";

function file(name: string, closed: string[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: () => {
      closed.push(name);
      return Promise.resolve();
    },
  };
}

Deno.test("closeOnError() closes files after an error, and else when it is told to", async () => {
  const closed: string[] = [];
  const files = [file("a", closed), undefined, file("b", closed)];
  const dispose = await closeOnError(files, (dispose) => Promise.resolve(dispose));
  assertEquals(closed, []);
  await dispose();
  assertEquals(closed, ["a", "b"]);
  await assertRejects(
    () => closeOnError(files, () => Promise.reject(new RangeError("bad"))),
    RangeError,
    "bad",
  );
  assertEquals(closed, ["a", "b", "a", "b"]);
});
