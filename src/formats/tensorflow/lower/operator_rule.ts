import type { NodeLowering } from "./node_lowering.ts";

/** Turns a node of one operator into ONNX nodes; returns the names of its results. */
export type OperatorRule = (node: NodeLowering) => Promise<string | readonly string[]>;

/** Rules by TensorFlow operator. */
export type OperatorTable = Readonly<Record<string, OperatorRule>>;
