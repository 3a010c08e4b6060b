// @ts-types="./assemblyscript.d.ts"
export { main } from "npm:assemblyscript@0.28.20/asc";
