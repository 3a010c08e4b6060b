/** Qualcomm's DLC container. @module */
export * from "./document.ts";
export * from "./lower/dlc_to_model.ts";
export * from "./raise/model_to_dlc.ts";
