import type { Encoding, TensorEncoding } from "../../../../tensor/mod.ts";
import { badNode, unsupportedNode } from "../../unsupported_node.ts";
import type { NodeLowering } from "../node_lowering.ts";
import type { OperatorTable } from "../operator_rule.ts";

/**
 * The grid of a FakeQuant operator: 2^bits levels, without the lowest in narrow range, moved so that
 * zero is on it. Computed in single precision, as TensorFlow does
 * (`fake_quant_ops_functor.h`, `Nudge`).
 *
 * With narrow range the encoding has one level below what TensorFlow uses, so that its integers are
 * TensorFlow's own, from 1 on.
 */
export function nudgedEncoding(
  { min, max }: { readonly min: number; readonly max: number },
  { bits, narrow }: { readonly bits: number; readonly narrow: boolean },
): Encoding | undefined {
  const lowest = narrow ? 1 : 0;
  const highest = 2 ** bits - 1;
  const single = Math.fround;
  const scale = single(single(single(max) - single(min)) / (highest - lowest));
  if (!(scale > 0 && Number.isFinite(scale))) return undefined;
  const exact = single(lowest - single(single(min) / scale));
  const zero = exact < lowest ? lowest : exact > highest ? highest : Math.floor(exact + 0.5);
  return {
    bitwidth: bits,
    min: scale * (0 - zero),
    max: scale * (highest - zero),
    scale,
    offset: 0 - zero,
    symmetric: false,
  };
}

/** What a FakeQuant node says about the tensor it reads: an encoding asked for, not a computation. */
async function keepEncoding(node: NodeLowering): Promise<string> {
  const bits = node.int("num_bits", 8);
  const narrow = node.bool("narrow_range", false);
  if (bits < 2 || bits > 16) throw badNode(node, `it has ${bits} bits, expected 2 to 16`);
  const fromInputs = node.operator !== "FakeQuantWithMinMaxArgs";
  const mins = fromInputs ? await node.numbers(1, "its minimum") : [node.float("min", -6)];
  const maxs = fromInputs ? await node.numbers(2, "its maximum") : [node.float("max", 6)];
  const perChannel = node.operator === "FakeQuantWithMinMaxVarsPerChannel";
  const shape = node.shape(0);
  const count = perChannel ? shape.at(-1) ?? 0 : 1;
  if (mins.length !== count || maxs.length !== count) {
    throw badNode(
      node,
      `it has ${mins.length} minima and ${maxs.length} maxima, expected ${count}`,
    );
  }
  const encodings = mins.map((min, index) => {
    const max = maxs[index] ?? NaN;
    const encoding = nudgedEncoding({ min, max }, { bits, narrow });
    if (encoding !== undefined) return encoding;
    throw badNode(node, `its range is [${min}, ${max}], expected a minimum below the maximum`);
  });
  return await claim(node, perChannel ? { axis: shape.length - 1, encodings } : { encodings });
}

/** Gives the tensor its encoding; where it has another one already, a value of its own. */
async function claim(node: NodeLowering, encoding: TensorEncoding): Promise<string> {
  const source = node.input(0);
  const { model } = node;
  const constant = model.isConstant(source);
  if (!constant && encoding.axis !== undefined) {
    throw unsupportedNode(
      node,
      `it quantizes "${source}", which is computed, by channel; supported are constants`,
    );
  }
  const encodings = constant ? model.parameters : model.activations;
  const other = encodings.get(source);
  if (other === undefined || JSON.stringify(other) === JSON.stringify(encoding)) {
    encodings.set(source, encoding);
    return source;
  }
  const output = await node.finish("Identity", [source]);
  encodings.set(output, encoding);
  return output;
}

/** Quantization that was trained. */
export const QUANTIZATION: OperatorTable = {
  FakeQuantWithMinMaxArgs: keepEncoding,
  FakeQuantWithMinMaxVars: keepEncoding,
  FakeQuantWithMinMaxVarsPerChannel: keepEncoding,
};
