import { assertEquals, assertRejects } from "@std/assert";
import { FormatError } from "../../../src/errors.ts";
import { readLabels } from "../../../src/formats/images/mod.ts";

async function withFile(text: string, use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("readLabels() reads a CSV with a header and the column asked for", async () => {
  const text = 'file,wnid,index_1000,name\nimages/a.jpg,n1,7,"fish, gold"\nimages/b.jpg,n2,8,cat\n';
  await withFile(text, async (path) => {
    const labels = await readLabels(path, { column: "index_1000" });
    assertEquals(labels.get("images/a.jpg"), 7);
    assertEquals(labels.get("b.jpg"), 8);
    await assertRejects(
      () => readLabels(path, { column: "index_100" }),
      FormatError,
      'there is no column "index_100", nearest is "index_1000"; there are file, wnid',
    );
  });
});

Deno.test("readLabels() reads lines of photo and class", async () => {
  await withFile("a.jpg 3\n\nb c.jpg 4\n", async (path) => {
    const labels = await readLabels(path);
    assertEquals([...labels], [["a.jpg", 3], ["b c.jpg", 4]]);
  });
});

Deno.test("readLabels() names the line without a class, and an empty file", async () => {
  await withFile("a.jpg 3\nb.jpg cat\n", async (path) => {
    await assertRejects(
      () => readLabels(path),
      FormatError,
      `Cannot read labels "${path}": line 2 has class "cat", expected an integer from 0`,
    );
  });
  await withFile("", async (path) => {
    await assertRejects(() => readLabels(path), FormatError, "there is no line with a label");
  });
});
