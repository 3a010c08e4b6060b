import type { Model, Node } from "../graph/mod.ts";

/** A layer whose bias can take up what the quantization of its weights does to the mean. */
export interface CorrectableLayer {
  /** The convolution or matrix product. */
  readonly node: Node;
  /** Its output, in front of any activation function. */
  readonly value: string;
  /** The axis of the output that runs along its channels. */
  readonly axis: number;
  /** How many channels the output has. */
  readonly channels: number;
}

/**
 * Finds the layers that bias correction works on, in topological order: `Conv` (also grouped and
 * depthwise), `ConvTranspose`, `Gemm` and `MatMul` with a constant second factor. Each node counts
 * for itself, also where several read the same weight: they see other inputs and so make other
 * errors.
 */
export function correctableLayers(
  model: Pick<Model, "nodes" | "values" | "initializers">,
): CorrectableLayer[] {
  return model.nodes.flatMap((node): CorrectableLayer[] => {
    const weight = model.initializers.get(node.inputs[1] ?? "");
    const output = model.values.get(node.outputs[0] ?? "");
    if (weight?.dtype !== "float32" || output?.dtype !== "float32") return [];
    const axis = channelAxis(node, output.shape.length);
    if (axis === undefined || output.shape.includes(0) || weight.shape.length < 2) return [];
    return [{ node, value: output.name, axis, channels: output.shape[axis] ?? 0 }];
  });
}

function channelAxis({ operator }: Node, rank: number): number | undefined {
  switch (operator) {
    case "Conv":
    case "ConvTranspose":
    case "Gemm":
      return 1;
    case "MatMul":
      return rank - 1;
  }
  return undefined;
}
