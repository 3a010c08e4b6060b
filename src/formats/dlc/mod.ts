/** Qualcomm's DLC container. @module */
export * from "./document.ts";
