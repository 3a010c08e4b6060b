/** What people read: progress on a terminal, tables, JSON. @module */
export * from "./format_table.ts";
export { formatWorstTensors } from "./worst_tensors.ts";
export * from "./progress.ts";
