import { assert } from "@std/assert";
import { join } from "@std/path";
import { formatGuide } from "../../../src/commands/snpe/format_guide.ts";
import { ROOT } from "../../support/serve_tree.ts";

/** Markdown without the padding of its tables. */
function plain(markdown: string): string {
  return markdown.replaceAll(/-{3,}/g, "---").replaceAll(/\s+/g, " ").trim();
}

Deno.test("docs/from-snpe.md shows the tables that the commands follow", async () => {
  const guide = plain(await Deno.readTextFile(join(ROOT, "docs/from-snpe.md")));
  assert(
    guide.endsWith(plain(formatGuide())),
    "docs/from-snpe.md is out of date: run tools/write_snpe_guide.ts",
  );
});
