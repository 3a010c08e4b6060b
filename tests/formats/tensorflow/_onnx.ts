import { model, node, value } from "../onnx/_proto.ts";

/** An ONNX model, for what must tell the two apart. */
export function graph(): Uint8Array {
  return model({
    nodes: [node("Relu", ["x"], ["y"])],
    inputs: [value("x", [1, 4])],
    outputs: [value("y", [1, 4])],
  }, { irVersion: 1 });
}
