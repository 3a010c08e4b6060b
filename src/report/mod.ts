/** What people read: progress on a terminal, tables, JSON. @module */
export * from "./format_table.ts";
export * from "./progress.ts";
