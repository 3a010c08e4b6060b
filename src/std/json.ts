// @ts-types="./json.d.ts"
export { JsonParseStream } from "npm:deno-std@1.4.0/json/parse_stream.js";
// @ts-types="./json.d.ts"
export { JsonStringifyStream } from "npm:deno-std@1.4.0/json/stringify_stream.js";
