import type { Node } from "../../../graph/mod.ts";
import {
  upgradeAxes,
  upgradeClip,
  upgradePad,
  upgradeSlice,
  upgradeSplit,
  upgradeTopK,
} from "./attributes_to_inputs.ts";
import type { LoweringContext } from "./lowering_context.ts";
import {
  upgradeBatchNormalization,
  upgradeDropout,
  upgradeGroupNormalization,
} from "./normalization.ts";
import { upgradeGridSample, upgradeRoiAlign, upgradeScatter } from "./renamed.ts";
import { upgradeResize, upgradeResize10, upgradeUpsample } from "./resize.ts";
import { upgradeSoftmax } from "./softmax.ts";
import type { Upgrade } from "./upgrade.ts";

/** Up to which opset an operator needs the upgrade: `before` is the first that does not. */
interface UpgradeRule {
  readonly before: number;
  readonly upgrade: Upgrade;
}

const AXES_UNTIL_18 = [{ before: 18, upgrade: upgradeAxes }];
const FLATTENING = [{ before: 13, upgrade: upgradeSoftmax }];

/**
 * The operators whose meaning or form changed between opset 7 and the pinned one, ascending by
 * `before`; the first rule whose `before` is above the file's opset is applied. Operators that only
 * learned more types are not here.
 */
const RULES: ReadonlyMap<string, readonly UpgradeRule[]> = new Map<string, UpgradeRule[]>([
  ["BatchNormalization", [{ before: Infinity, upgrade: upgradeBatchNormalization }]],
  ["Clip", [{ before: 11, upgrade: upgradeClip }]],
  ["Dropout", [{ before: Infinity, upgrade: upgradeDropout }]],
  ["GridSample", [{ before: 20, upgrade: upgradeGridSample }]],
  ["GroupNormalization", [{ before: 21, upgrade: upgradeGroupNormalization }]],
  ["Hardmax", FLATTENING],
  ["LogSoftmax", FLATTENING],
  ["Pad", [{ before: 11, upgrade: upgradePad }]],
  ["ReduceL1", AXES_UNTIL_18],
  ["ReduceL2", AXES_UNTIL_18],
  ["ReduceLogSum", AXES_UNTIL_18],
  ["ReduceLogSumExp", AXES_UNTIL_18],
  ["ReduceMax", AXES_UNTIL_18],
  ["ReduceMean", AXES_UNTIL_18],
  ["ReduceMin", AXES_UNTIL_18],
  ["ReduceProd", AXES_UNTIL_18],
  ["ReduceSum", [{ before: 13, upgrade: upgradeAxes }]],
  ["ReduceSumSquare", AXES_UNTIL_18],
  ["Resize", [
    { before: 11, upgrade: upgradeResize10 },
    { before: Infinity, upgrade: upgradeResize },
  ]],
  ["RoiAlign", [{ before: 16, upgrade: upgradeRoiAlign }]],
  ["Scatter", [{ before: 11, upgrade: upgradeScatter }]],
  ["Slice", [{ before: 10, upgrade: upgradeSlice }]],
  ["Softmax", FLATTENING],
  ["Split", [{ before: 18, upgrade: upgradeSplit }]],
  ["Squeeze", [{ before: 13, upgrade: upgradeAxes }]],
  ["TopK", [{ before: 10, upgrade: upgradeTopK }]],
  ["Unsqueeze", [{ before: 13, upgrade: upgradeAxes }]],
  ["Upsample", [{ before: 10, upgrade: upgradeUpsample }]],
]);

/**
 * Rewrites a node to nodes that mean the same at the pinned opset.
 *
 * @param node A node of the default domain at `context.opset`.
 * @param context Names and constants of the graph; gets the constants that the result needs.
 * @throws {UnsupportedError} If no such nodes exist.
 * @throws {FormatError} If an attribute is missing or of the wrong type.
 */
export function upgradeNode(node: Node, context: LoweringContext): readonly Node[] {
  const rule = RULES.get(node.operator)?.find(({ before }) => context.opset < before);
  return rule === undefined ? [node] : rule.upgrade(node, context);
}
