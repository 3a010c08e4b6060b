/** Qualcomm's DLC container, versions 3.0, 4.0 and 4.1. @module */
export * from "./document.ts";
export { isDlc } from "./is_dlc.ts";
export { isQuantized } from "./is_quantized.ts";
export { formatJsonMetadata, JSON_METADATA_2_1_0, type JsonMetadata } from "./json_metadata.ts";
export { openDlc, type OpenedDlc } from "./open_dlc.ts";
export {
  GRAPH_TENSOR_UNKNOWN,
  PARAMETER_TENSOR_UNKNOWN,
  QUANTIZATION_KIND,
} from "./unconfirmed_container.ts";
export { type DlcMemberCheck, verifyDlc, type VerifyDlcOptions } from "./verify_dlc.ts";
export { writeDlc, type WriteDlcOptions, type WriteDlcProgress } from "./write_dlc.ts";
export { dlcToModel } from "./lower/dlc_to_model.ts";
export { modelToDlc, type ModelToDlcOptions } from "./raise/model_to_dlc.ts";
