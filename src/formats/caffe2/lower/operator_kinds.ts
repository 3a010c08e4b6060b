import { suggestName } from "../../../nearest_name.ts";
import type { LowerOperator } from "./operator_context.ts";
import { ELEMENTWISE_OPERATORS } from "./operators/elementwise.ts";
import { SHAPING_OPERATORS } from "./operators/shaping.ts";
import { STATISTICS_OPERATORS } from "./operators/statistics.ts";
import { WINDOW_OPERATORS } from "./operators/windows.ts";

/** Operators that become nodes. */
export const OPERATORS: ReadonlyMap<string, LowerOperator> = new Map(Object.entries({
  ...ELEMENTWISE_OPERATORS,
  ...SHAPING_OPERATORS,
  ...STATISTICS_OPERATORS,
  ...WINDOW_OPERATORS,
}));

/** Operators that read weights behind their first input. */
export const WEIGHTED_OPERATORS: ReadonlySet<string> = new Set([
  ...["AffineChannel", "Conv", "ConvTranspose", "FC", "FCTransposed", "GroupNorm", "InstanceNorm"],
  ...["PRelu", "SpatialBN"],
]);

/** Operators whose first output is their first input when a network is not trained. */
export const PASSING_OPERATORS: ReadonlySet<string> = new Set([
  ...["Alias", "CopyCPUToGPU", "CopyFromCPUInput", "CopyGPUToCPU", "CopyOnDeviceLike"],
  ...["Dropout", "EnsureCPUOutput", "EnsureDense", "StopGradient"],
]);

/** Says why an operator does not convert, and what would. */
export function refusalOf(type: string): string {
  if (type.startsWith("Int8")) {
    return "it works on numbers of 8 bits; convert the network before it was quantized";
  }
  if (/Proposals|RoI|BoxWith|BBox|Fpn/.test(type)) {
    return "it works on regions whose number depends on the data; end the network in front of it " +
      "with --out-node";
  }
  return `operators of type "${type}" are not supported` +
    (suggestName(type, OPERATORS.keys(), "; the nearest that works is") ||
      "; docs/operators.md lists those that are");
}
