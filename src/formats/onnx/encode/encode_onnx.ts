import type { Node, ValueInfo } from "../../../graph/mod.ts";
import { byteLengthOf, countElements, type DenseTensor } from "../../../tensor/mod.ts";
import { modelParts } from "./encode_graph.ts";
import { bytesOf, externalTensor, tensorParts } from "./encode_tensor.ts";
import { joinParts } from "./encode_message.ts";

/** A constant whose elements are the whole of a file beside the model. */
export interface ExternalConstant extends Pick<DenseTensor, "dtype" | "shape"> {
  /** The name of the file. */
  readonly location: string;
}

/** A graph small enough to hand to an inference engine in one piece. */
export interface SmallGraph {
  /** The graph's name. */
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Network inputs. */
  readonly inputs: readonly ValueInfo[];
  /** Network outputs; one with a name only gets its type from the engine. */
  readonly outputs: readonly (ValueInfo | Pick<ValueInfo, "name">)[];
  /** Constants by name. */
  readonly initializers: ReadonlyMap<string, DenseTensor>;
  /** Constants whose elements the engine gets beside the model, by name. */
  readonly externals?: ReadonlyMap<string, ExternalConstant>;
  /**
   * The opset of the default domain.
   *
   * @default {PINNED_OPSET}
   */
  readonly opset?: number;
}

/**
 * Serializes a graph to the bytes of an ONNX file.
 *
 * @param graph Nodes, their constants, and what goes in and out.
 * @returns A `ModelProto`.
 * @throws {RangeError} If a tensor's data is not as long as its type and shape say, or a tensor
 * attribute is not in memory.
 */
export function encodeOnnx(graph: SmallGraph): Uint8Array<ArrayBuffer> {
  return joinParts(modelParts({
    ...graph,
    initializers: [
      ...Array.from(
        graph.initializers,
        ([name, tensor]) => tensorParts({ ...tensor, name }, bytesOf(name, tensor)),
      ),
      ...Array.from(graph.externals ?? [], ([name, { dtype, shape, location }]) => {
        const byteLength = byteLengthOf(dtype, countElements(shape));
        return [externalTensor({ name, dtype, shape }, { location, offset: 0, byteLength })];
      }),
    ],
  }));
}
