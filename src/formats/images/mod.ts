/**
 * Photos as network inputs: decoding and resizing by libraries, preprocessing, labels.
 *
 * @module
 */
export * from "./image_samples.ts";
export * from "./preprocess.ts";
export * from "./read_labels.ts";
export { decodeImage, IMAGE_ENDINGS, MAX_IMAGE_BYTES, type Pixels } from "./decode_image.ts";
