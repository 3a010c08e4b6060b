// @ts-types="./streams.d.ts"
export { ByteSliceStream } from "npm:deno-std@1.4.0/streams/byte_slice_stream.js";
// @ts-types="./streams.d.ts"
export { TextLineStream } from "npm:deno-std@1.4.0/streams/text_line_stream.js";
// @ts-types="./streams.d.ts"
export { toBytes } from "npm:deno-std@1.4.0/streams/to_bytes.js";
// @ts-types="./streams.d.ts"
export { toText } from "npm:deno-std@1.4.0/streams/to_text.js";
