import { intAttribute, stringAttribute } from "../attributes.ts";
import { nodeError, requireRank, requireShape } from "./operator_call.ts";
import type { OperatorCall, OperatorSchema, OperatorTable, TensorType } from "./operator_schema.ts";

const ATTRIBUTES = [
  "activation_alpha",
  "activation_beta",
  "activations",
  "clip",
  "direction",
  "hidden_size",
  "layout",
];

/**
 * Data `[time, batch, features]` (layout 0) or `[batch, time, features]` (layout 1), weights
 * `[directions, gates * hidden, features]` and `[directions, gates * hidden, hidden]`.
 */
function inferRecurrent(call: OperatorCall, gates: number): readonly TensorType[] {
  const { dtype, shape } = requireRank(call, { index: 0, least: 3 });
  const direction = stringAttribute(call.node, "direction", "forward");
  if (direction !== "forward" && direction !== "reverse" && direction !== "bidirectional") {
    throw nodeError(call.node, {
      what: 'attribute "direction"',
      found: `"${direction}"`,
      expected: "forward, reverse or bidirectional",
    });
  }
  const directions = direction === "bidirectional" ? 2 : 1;
  const recurrence = requireRank(call, { index: 2, least: 3 });
  const hidden = intAttribute(call.node, "hidden_size", recurrence.shape[2] ?? 0);
  const features = shape[2] ?? 0;
  requireShape(call, { index: 1, shape: [directions, gates * hidden, features] });
  requireShape(call, { index: 2, shape: [directions, gates * hidden, hidden] });
  if (call.inputs[3] !== undefined) {
    requireShape(call, { index: 3, shape: [directions, 2 * gates * hidden] });
  }
  const batchFirst = intAttribute(call.node, "layout", 0) !== 0;
  const [time = 0, batch = 0] = batchFirst ? [shape[1], shape[0]] : shape;
  const all = batchFirst ? [batch, time, directions, hidden] : [time, directions, batch, hidden];
  const last = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  return [{ dtype, shape: all }, { dtype, shape: last }, { dtype, shape: last }];
}

function recurrent(
  gates: number,
  { inputs, outputs, attributes }: {
    readonly inputs: number;
    readonly outputs: number;
    readonly attributes: readonly string[];
  },
): OperatorSchema {
  return {
    inputs: [3, inputs],
    outputs: [0, outputs],
    attributes: [...ATTRIBUTES, ...attributes],
    infer: (call) => inferRecurrent(call, gates),
  };
}

/** Recurrent layers over whole sequences. */
export const RECURRENT: OperatorTable = {
  GRU: recurrent(3, { inputs: 6, outputs: 2, attributes: ["linear_before_reset"] }),
  LSTM: recurrent(4, { inputs: 8, outputs: 3, attributes: ["input_forget"] }),
  RNN: recurrent(1, { inputs: 6, outputs: 2, attributes: [] }),
};
