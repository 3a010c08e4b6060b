/**
 * The door to the plotting library and the document it draws in. Loaded only when a page is made, so
 * that nothing else pays for it.
 *
 * @module
 */
// @ts-types="./observable_plot.d.ts"
export { areaY, dot, lineY, link, plot, ruleX, ruleY, text } from "npm:@observablehq/plot@0.6.17";
// @ts-types="./linkedom.d.ts"
export { parseHTML } from "npm:linkedom@0.18.12";
