import { attribute } from "../../../../graph/mod.ts";
import type { LowerOperator, OperatorContext } from "../operator_context.ts";

/** Operators of Caffe2 that ONNX has under another name, or under the same. */
const PLAIN: Readonly<Record<string, string>> = {
  Abs: "Abs",
  Ceil: "Ceil",
  Copy: "Identity",
  Cos: "Cos",
  Exp: "Exp",
  Floor: "Floor",
  Log: "Log",
  Negative: "Neg",
  Relu: "Relu",
  Sigmoid: "Sigmoid",
  Sign: "Sign",
  Sin: "Sin",
  Softplus: "Softplus",
  Softsign: "Softsign",
  Sqrt: "Sqrt",
  Tanh: "Tanh",
};

/** Operators that change each element, or pair elements. */
export const ELEMENTWISE_OPERATORS: Readonly<Record<string, LowerOperator>> = {
  ...Object.fromEntries(
    Object.entries(PLAIN).map(([type, operator]): [string, LowerOperator] => [
      type,
      (context) => context.output(operator, [context.input]),
    ]),
  ),
  Add: (operator) => lowerPair(operator, "Add"),
  Clip: lowerClip,
  Div: (operator) => lowerPair(operator, "Div"),
  Elu: (operator) =>
    operator.output("Elu", [operator.input], {
      alpha: attribute.float(operator.real("alpha", 1)),
    }),
  HardSigmoid: (operator) =>
    operator.output("HardSigmoid", [operator.input], {
      alpha: attribute.float(operator.real("alpha", 0.2)),
      beta: attribute.float(operator.real("beta", 0.5)),
    }),
  LeakyRelu: (operator) =>
    operator.output("LeakyRelu", [operator.input], {
      alpha: attribute.float(operator.real("alpha", 0.01)),
    }),
  Max: (operator) => operator.output("Max", operator.inputs),
  Mean: (operator) => operator.output("Mean", operator.inputs),
  Min: (operator) => operator.output("Min", operator.inputs),
  Mul: (operator) => lowerPair(operator, "Mul"),
  PRelu: lowerPrelu,
  Pow: lowerPow,
  Selu: (operator) =>
    operator.output("Selu", [operator.input], {
      alpha: attribute.float(operator.real("alpha", 1.6732632423543772848170429916717)),
      gamma: attribute.float(operator.real("scale", 1.0507009873554804934193349852946)),
    }),
  Sqr: (operator) => operator.output("Mul", [operator.input, operator.input]),
  Sub: (operator) => lowerPair(operator, "Sub"),
  Sum: (operator) => {
    const terms = operator.inputs.length;
    return operator.output(terms === 1 ? "Identity" : terms === 2 ? "Add" : "Sum", operator.inputs);
  },
  Swish: (operator) => {
    const gate = operator.emit("gate", "Sigmoid", { inputs: [operator.input] });
    return operator.output("Mul", [operator.input, gate]);
  },
};

/**
 * Without `broadcast`, shapes broadcast as in ONNX. With it, the second shape lies within the first
 * from `axis` on, by default at its end.
 */
function lowerPair(operator: OperatorContext, type: string): readonly string[] {
  const [left, right] = [operator.inputAt(0), operator.inputAt(1)];
  if (operator.integer("broadcast", 0) === 0) return operator.output(type, [left, right]);
  if (operator.has("axis_str")) throw operator.unsupported('it has "axis_str"; "axis" would work');
  const [whole, part] = [operator.shape(left), operator.shape(right)];
  const given = operator.integer("axis", -1);
  const start = given === -1 ? whole.length - part.length : given;
  const behind = whole.length - start - part.length;
  if (start < 0 || behind < 0) {
    throw operator.error(`it broadcasts [${part}] to [${whole}] from axis ${given} on`);
  }
  if (behind === 0) return operator.output(type, [left, right]);
  const shape = [...part, ...Array<number>(behind).fill(1)];
  const spread = operator.emit("spread", "Reshape", {
    inputs: [right, operator.integers("spread", shape)],
  });
  return operator.output(type, [left, spread]);
}

function lowerClip(operator: OperatorContext): readonly string[] {
  const bound = (name: "min" | "max"): string =>
    operator.has(name) ? operator.float(name, operator.real(name, 0)) : "";
  const [min, max] = [bound("min"), bound("max")];
  if (min === "" && max === "") return operator.output("Identity", [operator.input]);
  return operator.output("Clip", max === "" ? [operator.input, min] : [operator.input, min, max]);
}

/** One slope, or one a channel. */
function lowerPrelu(operator: OperatorContext): readonly string[] {
  operator.requireChannelsFirst();
  const slope = operator.inputAt(1);
  const [slopes = 1] = operator.shape(slope);
  const spatial = operator.shape(operator.input).slice(2);
  if (slopes === 1 || spatial.length === 0) {
    return operator.output("PRelu", [operator.input, slope]);
  }
  const shape = operator.integers("slope", [slopes, ...spatial.map(() => 1)]);
  const spread = operator.emit("slope", "Reshape", { inputs: [slope, shape] });
  return operator.output("PRelu", [operator.input, spread]);
}

function lowerPow(operator: OperatorContext): readonly string[] {
  if (operator.inputs.length > 1) return lowerPair(operator, "Pow");
  if (!operator.has("exponent")) throw operator.error('it has no "exponent" and no second input');
  const exponent = operator.float("exponent", operator.real("exponent", 1));
  return operator.output("Pow", [operator.input, exponent]);
}
