import { formatGuide } from "../src/commands/snpe/format_guide.ts";

/** Everything behind this line of the guide comes from the tables. */
const MARK =
  "<!-- Written by tools/write_snpe_guide.ts from the tables in src/commands/snpe. -->\n";

if (import.meta.main) {
  const path = new URL("../docs/from-snpe.md", import.meta.url);
  const [head = ""] = (await Deno.readTextFile(path)).split(MARK);
  await Deno.writeTextFile(path, `${head}${MARK}\n${formatGuide()}`);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", path.pathname] }).output();
}
