import type { DlcDocument4 } from "../document.ts";
import type { RelaidGraph } from "../normal/relayout.ts";
export function writeOperators(graph: RelaidGraph): DlcDocument4 {
  throw new Error(`Not yet ${graph.name}`);
}
