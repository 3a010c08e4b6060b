import { assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../src/errors.ts";
import { openSource, readJson } from "../../src/io/mod.ts";

async function read(content: string | Uint8Array): Promise<unknown> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await using source = await openSource(bytes, { name: "a.json" });
  return await readJson(source, { what: "things" });
}

Deno.test("readJson() parses a document, brackets in strings not counted", async () => {
  const text = `{"a": [1, "${"[".repeat(100)}\\"${"{".repeat(100)}"]}`;
  assertEquals(await read(text), { a: [1, "[".repeat(100) + '"' + "{".repeat(100)] });
});

Deno.test("readJson() names what is wrong with a document", async () => {
  const cases: readonly (readonly [string | Uint8Array, string])[] = [
    ["[1", "it is not JSON from character 2 on"],
    ['{"NaN": "a\\"NaN", "b": [0, NaN]}', "it is not JSON from character 27 on: JSON has no NaN"],
    ["[1, -Infinity]", "it is not JSON from character 5 on: JSON has no Infinity"],
    ["[".repeat(33), "nested deeper than 32 levels at byte 32"],
    [Uint8Array.of(0x22, 0xff, 0x22), "it is not UTF-8 text"],
  ];
  for (const [content, problem] of cases) {
    assertEquals(
      (await assertRejects(() => read(content), FormatError)).message,
      `Cannot read things "a.json": ${problem}`,
    );
  }
});

Deno.test("readJson() counts objects before it makes them", async () => {
  const bytes = new TextEncoder().encode('[{"{": {}}, {}');
  await using source = await openSource(bytes, { name: "a.json" });
  const error = await assertRejects(
    () => readJson(source, { what: "things", maxObjects: 2 }),
    FormatError,
  );
  assertEquals(error.message, 'Cannot read things "a.json": it has 3 objects, expected at most 2');
});

Deno.test("readJson() does not read a file of impossible size", async () => {
  await using source = await openSource(new Uint8Array(1), { name: "a.json" });
  const huge = { ...source, name: "a.json", byteLength: 2 ** 40 };
  assertEquals(
    (await assertRejects(() => readJson(huge, { what: "things" }), FormatError)).message,
    'Cannot read things "a.json": it has 1099511627776 bytes, expected at most 268435456',
  );
});
