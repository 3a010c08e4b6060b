import type { CaffeMessage } from "../read/caffe_message.ts";
import type { CaffeLayer } from "./caffe_layer.ts";

/**
 * Whether a layer is part of the network for inference: its rules are held against the phase TEST
 * and the level and stages that the net states.
 *
 * @param layer The layer.
 * @param state The `NetState` of the net.
 */
export function isIncluded({ include, exclude }: CaffeLayer, state: CaffeMessage): boolean {
  return include.length > 0
    ? include.some((rule) => meets(state, rule))
    : !exclude.some((rule) => meets(state, rule));
}

function meets(state: CaffeMessage, rule: CaffeMessage): boolean {
  const level = state.defaultedNumber("level");
  const stages = state.strings("stage");
  return (!rule.has("phase") || rule.string("phase") === "TEST") &&
    level >= (rule.number("min_level") ?? -Infinity) &&
    level <= (rule.number("max_level") ?? Infinity) &&
    rule.strings("stage").every((stage) => stages.includes(stage)) &&
    !rule.strings("not_stage").some((stage) => stages.includes(stage));
}
