import { type Node, stringAttribute } from "../../../graph/mod.ts";
import { string, withAttributes } from "./upgrade.ts";

/** Scatter 9 is ScatterElements since 11. */
export function upgradeScatter(node: Node): Node[] {
  return [{ ...node, operator: "ScatterElements" }];
}

/** GridSample before 20 calls its modes `bilinear` and `bicubic`. */
export function upgradeGridSample(node: Node): Node[] {
  const mode = stringAttribute(node, "mode", "bilinear");
  return [withAttributes(node, { mode: string(mode.replace(/^bi/, "")) })];
}

/** RoiAlign before 16 does not shift coordinates by half a pixel. */
export function upgradeRoiAlign(node: Node): Node[] {
  return [
    withAttributes(node, { coordinate_transformation_mode: string("output_half_pixel") }),
  ];
}
