/**
 * Qualcomm's DLC container, versions 3.0, 4.0 and 4.1. From the outside in: `zip` is the archive,
 * `flatbuffer` what its members hold, `version3` and `version4` the tables in them, `document.ts` what
 * all of it says. Tensors are never in memory: a document refers to their bytes. What is only guessed
 * about the container is in `unconfirmed_container.ts`.
 *
 * @example Copying a file
 * ```ts
 * import { openDlc, writeDlc } from "./mod.ts";
 * import { openSource } from "../../io/mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using original = await openDlc(await openSource("testdata/dlc/test_abs.dlc"));
 * const path = await Deno.makeTempFile();
 * await writeDlc(original, path);
 *
 * await using copy = await openDlc(await openSource(path));
 * assertEquals(copy.metadata, original.metadata);
 * await Deno.remove(path);
 * ```
 *
 * @module
 */
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
