import type { DataType, DenseTensor } from "../../tensor/mod.ts";
import type { Attribute, Node } from "../model.ts";

/** Element type and shape of an input or output of an operator. */
export interface TensorType {
  /** Element type. */
  readonly dtype: DataType;
  /** Dimensions, all known. */
  readonly shape: readonly number[];
}

/** A node together with what is known about its inputs. */
export interface OperatorCall {
  /** The node. */
  readonly node: Node;
  /** A type for each input of the node; `undefined` where it is left out. */
  readonly inputs: readonly (TensorType | undefined)[];
  /** The elements of inputs that are small constants; `undefined` for all others. */
  readonly constants: readonly (DenseTensor | undefined)[];
}

/** What is known about an operator: how many inputs and outputs, and how shapes follow. */
export interface OperatorSchema {
  /** Fewest and most inputs. */
  readonly inputs: readonly [number, number];
  /** Fewest and most outputs; one if left out. */
  readonly outputs?: readonly [number, number];
  /** Names of the attributes the operator has at the pinned opset. */
  readonly attributes?: readonly string[];
  /** Inputs that configure the operator: their elements are read where they are constant. */
  readonly settings?: readonly number[];
  /** Whether the output's shape is only known when the operator runs. */
  readonly dynamic?: true;
  /** Types of the outputs; may return more than the node names. */
  readonly infer: (call: OperatorCall) => readonly TensorType[];
  /** Attributes with defaults and automatic padding spelled out; absent if nothing changes. */
  readonly normalize?: (call: OperatorCall) => Readonly<Record<string, Attribute>>;
}

/** Operators by ONNX name. */
export type OperatorTable = Readonly<Record<string, OperatorSchema>>;
