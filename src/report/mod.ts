/** What people read: progress on a terminal, tables, JSON. @module */
export { formatAnalysisPage } from "./analysis_page.ts";
export * from "./format_table.ts";
export { formatWorstLayers, type WorstLayer, worstLayers } from "./worst_layers.ts";
export { formatWorstTensors } from "./worst_tensors.ts";
export { printable } from "./printable.ts";
export * from "./progress.ts";
