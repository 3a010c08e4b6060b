/**
 * Input lists as SNPE's tools take them, and the raw files they name.
 *
 * @module
 */
export type { OpenRawFileOptions } from "./open_raw_file.ts";
export { type InputList, type InputListOptions, readInputList } from "./read_input_list.ts";
export type { RawTensorOptions } from "./raw_tensor.ts";
