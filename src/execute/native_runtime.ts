// @ts-types="./onnxruntime.d.ts"
export { env, InferenceSession, Tensor } from "npm:onnxruntime-node@1.30.0";
