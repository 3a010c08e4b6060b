// @ts-types="./cli_progress.d.ts"
export { SingleBar } from "npm:cli-progress@3.12.0";
