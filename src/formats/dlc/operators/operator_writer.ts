import type { Node } from "../../../graph/mod.ts";
import type { NormalGraph } from "../normal/normal_graph.ts";
import { CODE } from "./data_type_codes.ts";

/** A parameter of an operator before it has a tensor id. */
export type ParameterDraft =
  | {
    readonly name: string;
    readonly kind: "int" | "float";
    readonly dtypeCode: number;
    readonly value: number;
  }
  | {
    readonly name: string;
    readonly kind: "list";
    readonly dtypeCode: typeof CODE.uint32 | typeof CODE.int32 | typeof CODE.float32;
    readonly shape: readonly number[];
    readonly values: readonly number[];
  };

/** What a node in normal form and stored layout becomes. */
export interface OperatorDraft {
  /** QNN operator type. */
  readonly type: string;
  /** Parameters in any order. */
  readonly parameters?: readonly ParameterDraft[];
  /** Values and constants; those of the node if left out. */
  readonly inputs?: readonly string[];
}

/** Writes one operator of normal form. */
export type WriteOperator = (node: Node, graph: NormalGraph) => OperatorDraft;

/** Makes parameters, by type. */
export const parameter = {
  uint: (name: string, value: number): ParameterDraft => ({
    name,
    kind: "int",
    dtypeCode: CODE.uint32,
    value,
  }),
  int: (name: string, value: number): ParameterDraft => ({
    name,
    kind: "int",
    dtypeCode: CODE.int32,
    value,
  }),
  boolean: (name: string, value: boolean): ParameterDraft => ({
    name,
    kind: "int",
    dtypeCode: CODE.bool,
    value: value ? 1 : 0,
  }),
  float: (name: string, value: number): ParameterDraft => ({
    name,
    kind: "float",
    dtypeCode: CODE.float32,
    value,
  }),
  /** A vector of uint32. */
  uints: (name: string, values: readonly number[]): ParameterDraft => ({
    name,
    kind: "list",
    dtypeCode: CODE.uint32,
    shape: [values.length],
    values,
  }),
  /** A vector of float32. */
  floats: (name: string, values: readonly number[]): ParameterDraft => ({
    name,
    kind: "list",
    dtypeCode: CODE.float32,
    shape: [values.length],
    values,
  }),
  /** A matrix, row after row. */
  rows: (
    name: string,
    rows: readonly (readonly number[])[],
    dtypeCode: typeof CODE.uint32 | typeof CODE.int32 = CODE.uint32,
  ): ParameterDraft => ({
    name,
    kind: "list",
    dtypeCode,
    shape: [rows.length, rows[0]?.length ?? 0],
    values: rows.flat(),
  }),
} as const;
