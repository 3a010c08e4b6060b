// @ts-types="./format_bytes.d.ts"
export { format as formatBytes } from "npm:deno-std@1.4.0/fmt/bytes.js";
