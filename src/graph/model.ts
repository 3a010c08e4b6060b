import type { DataType, TensorEncoding, TensorReference } from "../tensor/mod.ts";

/** An attribute of a node, tagged with its ONNX type. Integers are checked to be safe integers. */
export type Attribute =
  | { readonly type: "int"; readonly value: number }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "ints"; readonly value: readonly number[] }
  | { readonly type: "floats"; readonly value: readonly number[] }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "tensor"; readonly value: TensorReference };

/** One operator applied to named values. Its meaning is ONNX's at {@linkcode PINNED_OPSET}. */
export interface Node {
  /** Unique in the model. */
  readonly name: string;
  /** ONNX operator type of the default domain. */
  readonly operator: string;
  /** Names of values; `""` stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  /** Names of values; `""` stands for an optional output nobody reads. */
  readonly outputs: readonly string[];
  /** Attributes by name. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Name, type and static shape of a value that flows between nodes. */
export interface ValueInfo {
  /** Unique in the model, also against initializers. */
  readonly name: string;
  /** Element type. */
  readonly dtype: DataType;
  /** Dimensions, all known; image tensors are NCHW. */
  readonly shape: readonly number[];
}

/** An override that gives a tensor's type without a range: what is left comes from calibration. */
export interface TypeOverride {
  /** Integers on a grid, or floats that are not quantized. */
  readonly kind: "int" | "float";
  /** Bits of one element. */
  readonly bitwidth: number;
}

/** Encodings by tensor name. */
export interface ModelEncodings {
  /** Of network inputs and node outputs; per tensor. */
  readonly activations: ReadonlyMap<string, TensorEncoding>;
  /** Of initializers (weights and biases). */
  readonly parameters: ReadonlyMap<string, TensorEncoding>;
  /** Initializers that are stored, and computed with, as float32 though they have an encoding. */
  readonly floatParameters?: ReadonlySet<string>;
  /** Tensors of which only the type is given; in overrides only. */
  readonly types?: {
    /** Of network inputs and node outputs. */
    readonly activations: ReadonlyMap<string, TypeOverride>;
    /** Of initializers. */
    readonly parameters: ReadonlyMap<string, TypeOverride>;
  };
}

/** The batch normalization that was folded into a layer: kept for absorption and correction. */
export interface FoldedBatchNorm {
  /** γ, one a channel. */
  readonly gamma: Float32Array;
  /** β, one a channel. */
  readonly beta: Float32Array;
}

/** What is known about where a model came from. All optional: absent means not known. */
export interface ModelMetadata {
  /** Source format: `onnx`, `dlc 3`, …. */
  readonly format?: string;
  /** Tool that produced the source file, with version. */
  readonly producer?: string;
  /** The user's version string (`--model-version`). */
  readonly modelVersion?: string;
  /** Copyright text (`--copyright-file`). */
  readonly copyright?: string;
  /** The command that converted the model to DLC. */
  readonly converterCommand?: string;
  /** Version of the tool that converted. */
  readonly converterVersion?: string;
  /** The command that quantized; absent for a float model. */
  readonly quantizerCommand?: string;
}

/**
 * A network: a graph whose operators mean what ONNX says at {@linkcode PINNED_OPSET}, and
 * references to its weights. All shapes are static. Rewrites return a new object (`{ ...model }`);
 * weights are never in it.
 */
export interface Model extends AsyncDisposable {
  /** The graph's name. */
  readonly name: string;
  /** Network inputs, without initializers. */
  readonly inputs: readonly ValueInfo[];
  /** Network outputs. */
  readonly outputs: readonly ValueInfo[];
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Constants by name. Their dtype is float32 even where storage is quantized (a view decodes). */
  readonly initializers: ReadonlyMap<string, TensorReference>;
  /** Every value that is not an initializer, by name: inputs, outputs, intermediates. */
  readonly values: ReadonlyMap<string, ValueInfo>;
  /** Encodings in force; both maps empty for a float model. */
  readonly encodings: ModelEncodings;
  /** Encodings the source asks for (QDQ nodes, an overrides file); used when quantizing. */
  readonly overrides: ModelEncodings;
  /** Batch norms folded into nodes, by node name. */
  readonly batchNorms: ReadonlyMap<string, FoldedBatchNorm>;
  /** Where the model came from. */
  readonly metadata: ModelMetadata;
}

/** The ONNX opset that gives operators their meaning inside dlcstream. */
export const PINNED_OPSET = 21;

/** No encodings at all. */
export const NO_ENCODINGS: ModelEncodings = { activations: new Map(), parameters: new Map() };
