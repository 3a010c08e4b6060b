// The package's main entry, not "/wasm": only this build finds its own files and threads in Deno.
// @ts-types="./onnxruntime.d.ts"
export { env, InferenceSession, Tensor } from "npm:onnxruntime-web@1.30.0";
