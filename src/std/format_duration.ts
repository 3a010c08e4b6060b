// @ts-types="./format_duration.d.ts"
export { format as formatDuration } from "npm:deno-std@1.4.0/fmt/duration.js";
