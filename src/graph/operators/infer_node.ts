import { FormatError } from "../../errors.ts";
import { suggestName } from "../../nearest_name.ts";
import type { Node } from "../model.ts";
import { describeNode, formatShape, nodeError } from "./operator_call.ts";
import type { OperatorCall, OperatorSchema, TensorType } from "./operator_schema.ts";
import { schemaOf } from "./registry.ts";

/** Most dimensions a tensor may have, as in NumPy. */
const MAX_RANK = 64;

function requireCount(
  node: Node,
  { what, count, range: [least, most] }: {
    readonly what: string;
    readonly count: number;
    readonly range: readonly [number, number];
  },
): void {
  if (count >= least && count <= most) return;
  const expected = least === most
    ? String(least)
    : most === Infinity
    ? `at least ${least}`
    : `${least} to ${most}`;
  throw nodeError(node, { what: `the number of its ${what}`, found: String(count), expected });
}

/** Checks counts of inputs and outputs and the names of attributes against the schema. */
export function checkNode(node: Node): OperatorSchema {
  const schema = schemaOf(node);
  const { inputs, outputs = [1, 1], attributes = [] } = schema;
  requireCount(node, { what: "inputs", count: node.inputs.length, range: inputs });
  requireCount(node, { what: "outputs", count: node.outputs.length, range: outputs });
  for (const name of Object.keys(node.attributes)) {
    if (attributes.includes(name)) continue;
    throw new FormatError(
      `Cannot use ${describeNode(node)}: it has attribute "${name}", expected ` +
        (attributes.length === 0 ? "no attributes" : "one of the operator's own") +
        suggestName(name, attributes),
      { found: name },
    );
  }
  return schema;
}

/**
 * Infers the types of a node's outputs from those of its inputs.
 *
 * @returns One type for each output of the node.
 * @throws {FormatError} If the node contradicts its inputs.
 * @throws {UnsupportedError} If an output's shape is only known when the network runs.
 */
export function inferNode(call: OperatorCall): readonly TensorType[] {
  const { node } = call;
  const types = schemaOf(node).infer(call).slice(0, node.outputs.length);
  if (types.length < node.outputs.length) {
    throw nodeError(node, {
      what: "the number of its outputs",
      found: String(node.outputs.length),
      expected: `at most ${types.length}`,
    });
  }
  for (const { shape } of types) {
    const elements = shape.reduce((product, dimension) => product * dimension, 1);
    if (shape.length > MAX_RANK || !Number.isSafeInteger(elements)) {
      throw nodeError(node, {
        what: "the shape of its output",
        found: formatShape(shape),
        expected: `at most ${MAX_RANK} dimensions and 2^53 elements`,
      });
    }
  }
  return types;
}
