/**
 * The door to the image codecs. Loaded only when an image is read, so that nothing else pays for
 * it.
 *
 * @module
 */
// @ts-types="./decoder.d.ts"
export { default as decodeJpeg, init as initializeJpeg } from "npm:@jsquash/jpeg@1.6.0/decode.js";
// @ts-types="./decoder.d.ts"
export { default as decodePng } from "npm:@jsquash/png@3.1.1/decode.js";
