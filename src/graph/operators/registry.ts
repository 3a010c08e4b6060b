import { UnsupportedError } from "../../errors.ts";
import { suggestName } from "../../nearest_name.ts";
import type { Node } from "../model.ts";
import { CONVOLUTION } from "./convolution.ts";
import { DETECTION } from "./detection.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { GENERATING } from "./generating.ts";
import { INDEXING } from "./indexing.ts";
import { MATRIX } from "./matrix.ts";
import { NORMALIZATION } from "./normalization.ts";
import type { OperatorSchema } from "./operator_schema.ts";
import { POOLING } from "./pooling.ts";
import { QUANTIZATION } from "./quantization.ts";
import { RECURRENT } from "./recurrent.ts";
import { REDUCTION } from "./reduction.ts";
import { SAMPLING } from "./sampling.ts";
import { SHAPING } from "./shaping.ts";

const SCHEMAS: ReadonlyMap<string, OperatorSchema> = new Map(
  [
    CONVOLUTION,
    DETECTION,
    ELEMENTWISE,
    GENERATING,
    INDEXING,
    MATRIX,
    NORMALIZATION,
    POOLING,
    QUANTIZATION,
    RECURRENT,
    REDUCTION,
    SAMPLING,
    SHAPING,
  ].flatMap((table) => Object.entries(table)),
);

/** Whether dlcstream knows the shape rules of an ONNX operator of the default domain. */
export function isKnownOperator(name: string): boolean {
  return SCHEMAS.has(name);
}

/** The names of all known operators, in alphabetical order. */
export function knownOperators(): readonly string[] {
  return [...SCHEMAS.keys()].sort();
}

/**
 * The schema of a node's operator.
 *
 * @throws {UnsupportedError} If the operator is not known; the message offers the nearest name.
 */
export function schemaOf(node: Node): OperatorSchema {
  const schema = SCHEMAS.get(node.operator);
  if (schema !== undefined) return schema;
  throw new UnsupportedError(
    `Cannot convert node "${node.name}": operator "${node.operator}" is not known` +
      (suggestName(node.operator, knownOperators(), "; the nearest that works is") ||
        "; docs/operators.md lists those that are"),
    { node: node.name, operator: node.operator },
  );
}
