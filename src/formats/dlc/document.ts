/**
 * What stands in a DLC file, field by field, before anything is made of it. A document that is read
 * and written again keeps every layer, attribute, encoding and tensor byte.
 *
 * @module
 */
import type { ByteSource } from "../../io/mod.ts";
import type { DataType, TensorReference } from "../../tensor/mod.ts";

/** A member of the archive that is carried along unread (compiled records, history). */
export interface DlcRecord {
  /** Name in the archive. */
  readonly name: string;
  /** Where its bytes lie. */
  readonly source: ByteSource;
  /** Offset of its first byte in the source. */
  readonly offset: number;
  /** Its length in bytes. */
  readonly byteLength: number;
}

/** An attribute of a version 3 layer or tensor. */
export type DlcArgument =
  | { readonly name: string; readonly kind: "boolean"; readonly value: boolean }
  | { readonly name: string; readonly kind: "int"; readonly value: number }
  | { readonly name: string; readonly kind: "uint"; readonly value: number }
  | { readonly name: string; readonly kind: "float"; readonly value: number }
  | { readonly name: string; readonly kind: "string"; readonly value: string }
  | { readonly name: string; readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly name: string; readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly name: string; readonly kind: "uints"; readonly value: readonly number[] }
  | { readonly name: string; readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly name: string; readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly name: string; readonly kind: "nested"; readonly value: readonly DlcArgument[] };

/** A tensor of a version 3 layer: `weights_0`, `bias`, `value`. */
export interface DlcLayerTensor {
  /** Name within the layer. */
  readonly name: string;
  /** The stored elements: float32, or uint8 codes without any decoding view. */
  readonly data: TensorReference;
  /** Holds the encoding (`FxpData` or `DataEncoding`) of quantized data. */
  readonly attributes: readonly DlcArgument[];
}

/** A layer of version 3. */
export interface DlcLayer {
  /** Unique name. */
  readonly name: string;
  /** SNPE 1.x layer type, such as `Convolutional`. */
  readonly type: string;
  /** Buffers it reads; weights are not among them. */
  readonly inputs: readonly string[];
  /** Buffers it writes. */
  readonly outputs: readonly string[];
  /** Attributes, in the order of the file (sorted by name). */
  readonly attributes: readonly DlcArgument[];
  /** Its tensors, sorted by name; empty for most layers. */
  readonly tensors: readonly DlcLayerTensor[];
}

/** The content of a version 3 file. */
export interface DlcDocument3 {
  /** Header version. */
  readonly version: "3.0";
  /** `dlc.metadata`: keys and values in the order of the file. */
  readonly metadata: ReadonlyMap<string, string>;
  /** In execution order. */
  readonly layers: readonly DlcLayer[];
  /** Attributes of the whole network (`BufferInfos`). */
  readonly attributes: readonly DlcArgument[];
  /** Name of the network; absent in all real files. */
  readonly name?: string;
  /** Buffers that come from outside; empty in all real files, where `Input` layers say it. */
  readonly externalInputs?: readonly string[];
  /** Buffers that go outside; empty in all real files. */
  readonly externalOutputs?: readonly string[];
  /** Members carried along. */
  readonly records: readonly DlcRecord[];
}

/** One integer grid of version 4 as stored. */
export interface DlcEncoding {
  /** Bits of a stored integer. */
  readonly bitwidth: number;
  /** Smallest real number. */
  readonly min: number;
  /** Largest real number. */
  readonly max: number;
  /** Step. */
  readonly scale: number;
  /** `real = (q + offset) * scale`. */
  readonly offset: number;
  /** Whether chosen symmetric. */
  readonly symmetric: boolean;
}

/** The quantization field of a version 4 tensor. */
export interface DlcQuantization {
  /** The stored kind: 0 per tensor, 1 per axis, 0x7FFFFFFF none; others are kept as found. */
  readonly kind: number;
  /** Set by the user. */
  readonly overridden: boolean;
  /** Axis of per-axis encodings. */
  readonly axis?: number;
  /** One for a tensor, several along the axis, none for kind "none". */
  readonly encodings: readonly DlcEncoding[];
}

/** A tensor of a version 4 graph or a parameter tensor of an operator. */
export interface DlcTensor {
  /** Unique in the graph. */
  readonly id: number;
  /** Name; operators refer to it. */
  readonly name: string;
  /** 0 graph input, 1 graph output, 2 both, 3 intermediate, 4 static data. */
  readonly role: number;
  /** Dimensions (NHWC for image operators). */
  readonly shape: readonly number[];
  /** QNN code of the stored type. */
  readonly dtypeCode: number;
  /** QNN code of the type in the source model. */
  readonly sourceDtypeCode: number;
  /** How stored integers become real numbers. */
  readonly quantization: DlcQuantization;
  /** Scalar slots of unknown meaning, kept as found: slot number to value. */
  readonly unknown: ReadonlyMap<number, number>;
  /** Stored elements of a static tensor, undecoded. */
  readonly data?: TensorReference;
}

/** An attribute of a version 4 operator. */
export interface DlcAttribute {
  /** Name, such as `stride`. */
  readonly name: string;
  /** 1 for the operator's own parameters, 2 for `packageName`. */
  readonly group: number;
  /** A scalar with its QNN type code, or a parameter tensor. */
  readonly value:
    | { readonly kind: "int"; readonly dtypeCode: number; readonly value: number }
    | { readonly kind: "float"; readonly dtypeCode: number; readonly value: number }
    | { readonly kind: "string"; readonly dtypeCode: number; readonly value: string }
    | { readonly kind: "tensor"; readonly tensor: DlcTensor };
}

/** An operator of version 4. */
export interface DlcOperator {
  /** Unique name. */
  readonly name: string;
  /** QNN operator type, such as `Conv2d`. */
  readonly type: string;
  /** Tensor names, weights included. */
  readonly inputs: readonly string[];
  /** Tensor names. */
  readonly outputs: readonly string[];
  /** Sorted by name. */
  readonly attributes: readonly DlcAttribute[];
}

/** A graph of version 4. */
export interface DlcGraph {
  /** Name; key into the parameters. */
  readonly name: string;
  /** In execution order. */
  readonly operators: readonly DlcOperator[];
  /** Graph tensors: inputs, outputs, intermediates, weights. */
  readonly tensors: readonly DlcTensor[];
}

/** The content of a version 4 file. */
export interface DlcDocument4 {
  /** Header version. */
  readonly version: "4.0" | "4.1";
  /** Classic `dlc.metadata`, if the file has it. */
  readonly metadata: ReadonlyMap<string, string>;
  /** JSON metadata members by name, as text. */
  readonly jsonMetadata: ReadonlyMap<string, string>;
  /** Usually one. */
  readonly graphs: readonly DlcGraph[];
  /** Members carried along. */
  readonly records: readonly DlcRecord[];
}

/** The content of a DLC file of any version. */
export type DlcDocument = DlcDocument3 | DlcDocument4;

/** Element types of QNN codes that tensors here can have; fixed-point codes give their storage. */
export const QNN_STORAGE: ReadonlyMap<number, DataType> = new Map<number, DataType>([
  [0x0008, "int8"],
  [0x0016, "int16"],
  [0x0032, "int32"],
  [0x0064, "int64"],
  [0x0108, "uint8"],
  [0x0116, "uint16"],
  [0x0132, "uint32"],
  [0x0164, "uint64"],
  [0x0216, "float16"],
  [0x0232, "float32"],
  [0x0304, "int8"],
  [0x0308, "int8"],
  [0x0316, "int16"],
  [0x0332, "int32"],
  [0x0404, "uint8"],
  [0x0408, "uint8"],
  [0x0416, "uint16"],
  [0x0432, "uint32"],
  [0x0508, "bool"],
]);
