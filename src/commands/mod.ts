/** The command line: one file a command, one table of options each. @module */
export * from "./main.ts";
