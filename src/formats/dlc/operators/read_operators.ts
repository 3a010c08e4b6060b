import type { DlcDocument4 } from "../document.ts";
import type { NormalGraph } from "../normal/normal_graph.ts";
export function readOperators(document: DlcDocument4): NormalGraph {
  throw new Error(`Not yet ${document.version}`);
}
