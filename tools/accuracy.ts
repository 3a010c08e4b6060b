// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * Measures what quantization leaves of real networks on real photos, and writes `docs/accuracy.md`. The
 * networks and photos of `../shared` are not free to be in the repository.
 *
 * Usage: `deno task accuracy [PART]…`; a part is `modes` or `algorithms`, or one table such as
 * `"modes, ResNet8"`, or `text`, which measures nothing. Tables of other parts stay as they are.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { Shared } from "./acceptance/shared.ts";
import { formatPage, type MeasuredTable } from "./accuracy/format_page.ts";
import { LABELLED_NETWORKS, type LabelledNetwork } from "./accuracy/labelled_networks.ts";
import { measureAlgorithms } from "./accuracy/measure_algorithms.ts";
import { measureModes } from "./accuracy/measure_modes.ts";
import { openNetwork } from "./accuracy/opened_network.ts";
import { readSections } from "./accuracy/page_sections.ts";

const SHARED = fromFileUrl(new URL("../../shared/", import.meta.url));
const PAGE = fromFileUrl(new URL("../docs/accuracy.md", import.meta.url));

interface Table extends MeasuredTable {
  readonly part: "modes" | "algorithms";
}

function tablesOf(network: LabelledNetwork): Table[] {
  const { title, peers } = network;
  return [
    ...(peers === undefined
      ? []
      : [{ part: "algorithms", name: `algorithms, ${title}`, network } as const]),
    { part: "modes", name: `modes, ${title}`, network },
  ];
}

const tables = LABELLED_NETWORKS.flatMap(tablesOf);
const parts = ["modes", "algorithms", "text", ...tables.map(({ name }) => name)];
for (const asked of Deno.args) {
  if (parts.includes(asked)) continue;
  console.error(`There is no part "${asked}"; expected one of: ${parts.join("; ")}`);
  Deno.exit(2);
}
const shared = new Shared(SHARED);
const sections = readSections(await Deno.readTextFile(PAGE).catch(() => ""));
for (const network of LABELLED_NETWORKS) {
  const wanted = tablesOf(network).filter(({ part, name }) =>
    Deno.args.length === 0 || Deno.args.includes(part) || Deno.args.includes(name)
  );
  if (wanted.length === 0) continue;
  const start = performance.now();
  await using opened = await openNetwork(network, shared);
  for (const { part, name } of wanted) {
    sections.set(name, await (part === "modes" ? measureModes : measureAlgorithms)(opened));
    await writePage();
  }
  console.error(`${network.title}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
await writePage();

async function writePage(): Promise<void> {
  await Deno.writeTextFile(PAGE, formatPage(tables, sections));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", PAGE],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
