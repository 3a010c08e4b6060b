/** The model: nodes, values, shapes, rewrites. @module */
export * from "./model.ts";
