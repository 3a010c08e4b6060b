import { suggestName } from "../nearest_name.ts";
import { ENCODING_SCHEMAS, type EncodingSchema, isEncodingSchema } from "./encoding_schema.ts";
import { adjusted } from "./methods/adjusted.ts";
import { aimetEntropy } from "./methods/aimet_entropy.ts";
import { aimetMse } from "./methods/aimet_mse.ts";
import { aimetPercentile } from "./methods/aimet_percentile.ts";
import { enhanced } from "./methods/enhanced.ts";
import { entropy } from "./methods/entropy.ts";
import { percentile } from "./methods/percentile.ts";
import { mse, sqnr } from "./methods/sqnr.ts";
import { strictSymmetric, symmetric, tf, unsignedSymmetric } from "./methods/tf.ts";
import type { RangeMethod } from "./range_method.ts";

/** Every range method by the name users type; help texts and types come from this table. */
export const RANGE_METHODS = {
  tf,
  enhanced,
  adjusted,
  symmetric,
  "strict-symmetric": strictSymmetric,
  "unsigned-symmetric": unsignedSymmetric,
  sqnr,
  mse,
  percentile,
  entropy,
  "aimet-percentile": aimetPercentile,
  "aimet-mse": aimetMse,
  "aimet-entropy": aimetEntropy,
} as const satisfies Readonly<Record<string, RangeMethod>>;

/** The name of a range method. */
export type RangeMethodName = keyof typeof RANGE_METHODS;

/** Whether there is a range method of this name. */
export function isRangeMethodName(name: string): name is RangeMethodName {
  return Object.hasOwn(RANGE_METHODS, name);
}

/** What a range method is wanted for. */
export interface RangeMethodUse {
  /** The kind of tensor. */
  readonly use: "weights" | "activations";
  /** The schema, if another than the method's own is asked for. */
  readonly schema?: EncodingSchema;
  /** The bit width, if it is known. */
  readonly bitwidth?: number;
}

/**
 * Looks up a range method.
 *
 * @throws {RangeError} If there is none of this name, or it is not for this kind of tensor, schema or
 *   bit width; or if there is no such schema.
 */
export function rangeMethod(name: string, { use, schema, bitwidth }: RangeMethodUse): RangeMethod {
  if (!isRangeMethodName(name)) {
    throw new RangeError(
      `Cannot find range method "${name}"${suggestName(name, Object.keys(RANGE_METHODS))}; known ` +
        `are ${Object.keys(RANGE_METHODS).join(", ")}`,
    );
  }
  const method: RangeMethod = RANGE_METHODS[name];
  if (!method[use]) {
    throw new RangeError(
      `Cannot use range method "${name}" for ${use}: possible are ${
        Object.entries(RANGE_METHODS).flatMap(([name, row]) => row[use] ? [name] : []).join(", ")
      }`,
    );
  }
  if (schema !== undefined && !isEncodingSchema(schema)) {
    throw new RangeError(
      `Cannot find schema ${JSON.stringify(schema)}; known are ${
        Object.keys(ENCODING_SCHEMAS).join(", ")
      }`,
    );
  }
  if (schema !== undefined && method.schemas?.includes(schema) === false) {
    throw new RangeError(
      `Cannot use range method "${name}" with schema "${schema}": possible are ${
        method.schemas.join(", ")
      }`,
    );
  }
  if (bitwidth !== undefined && method.bitwidths?.includes(bitwidth) === false) {
    throw new RangeError(
      `Cannot use range method "${name}" with ${bitwidth} bits: possible are ${
        method.bitwidths.join(", ")
      }`,
    );
  }
  return method;
}

/** Whether what was observed for one method is enough for another; every observer knows its range. */
export function canEncode(name: RangeMethodName, observed: RangeMethodName): boolean {
  const { observer } = RANGE_METHODS[name];
  return observer === "min-max" || observer === RANGE_METHODS[observed].observer;
}
