/**
 * AIMET's encodings JSON: ranges chosen elsewhere come in as overrides, our own go out to Qualcomm's
 * converters.
 *
 * @module
 */
export {
  type EncodingsVersion,
  formatAimetEncodings,
  type FormatEncodingsOptions,
} from "./format_aimet_encodings.ts";
export { type EncodingsFile, readEncodings } from "./read_encodings.ts";
export { writeAimetEncodings } from "./write_aimet_encodings.ts";
