import { assertEquals, assertRejects } from "@std/assert";
import { OutputError } from "../../src/io/mod.ts";
import { explainOutputErrors } from "../../src/io/output_error.ts";

Deno.test("explainOutputErrors() words what the system says", async () => {
  const cases: [string, string][] = [
    ["ENOSPC", "no space is left on the disk"],
    ["EDQUOT", "the disk quota is used up"],
    ["EFBIG", "the file grows larger than the file system allows"],
    ["ENOENT", "its folder does not exist"],
    ["ENOTDIR", "its folder does not exist"],
    ["EACCES", "writing there is not permitted"],
    ["EPERM", "writing there is not permitted"],
    ["EROFS", "the file system is read-only"],
    ["ENAMETOOLONG", "the name is too long"],
  ];
  for (const [code, problem] of cases) {
    const cause = Object.assign(new Error("os error"), { code });
    const error = await assertRejects(
      () => explainOutputErrors("out.dlc", () => Promise.reject(cause)),
      OutputError,
    );
    assertEquals(error.message, `Cannot write "out.dlc": ${problem}`);
    assertEquals(error.name, "OutputError");
    assertEquals(error.cause, cause);
  }
});

Deno.test("explainOutputErrors() lets other errors and results pass", async () => {
  const error = new Error("a bug");
  await assertRejects(() => explainOutputErrors("a", () => Promise.reject(error)), Error, "a bug");
  assertEquals(await explainOutputErrors("a", () => Promise.resolve(5)), 5);
});
