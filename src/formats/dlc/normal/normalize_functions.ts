import { floatAttribute, type Node } from "../../../graph/mod.ts";
import { Composer, type Term } from "./composer.ts";
import { type NormalizeNode, type Normalizer, unsupported } from "./normalizer.ts";

/** Functions of one element that no DLC has, by those it has. */
export const NORMALIZE_FUNCTIONS: Readonly<Record<string, NormalizeNode>> = Object.fromEntries(
  Object.entries<(x: Term, composer: Composer, node: Node) => Term>({
    Acos: (x, composer) =>
      composer.apply("Sub", [composer.scalar(Math.PI / 2), composer.apply("Asin", [x])]),
    Acosh: composeAreaCosine,
    Asinh: composeAreaSine,
    Atanh: composeAreaTangent,
    Celu: composeCelu,
    Cosh: (x, composer) => composeHyperbolic(x, composer, "Add"),
    Erf: composeErf,
    Mish: (x, composer) =>
      composer.apply("Mul", [
        x,
        composer.apply("Tanh", [composer.apply("Softplus", [x])]),
      ]),
    Selu: composeSelu,
    Sinh: (x, composer) => composeHyperbolic(x, composer, "Sub"),
    Softsign: composeSoftsign,
    Tan: (x, composer) =>
      composer.apply("Div", [
        composer.apply("Sin", [x]),
        composer.apply("Cos", [x]),
      ]),
  }).map(([operator, compose]) => [
    operator,
    (node: Node, normalizer: Normalizer): void => {
      const composer = new Composer(node, normalizer);
      composer.finish(compose(composer.input(0), composer, node));
    },
  ]),
);

/** Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), formula 7.1.26. */
const ERF = {
  slope: 0.3275911,
  coefficients: [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592],
} as const;

/**
 * The error function by exp: `sign(x) · (1 − (a₁t + … + a₅t⁵) · exp(−x²))` with `t = 1 / (1 + p|x|)`.
 * It is off by 1.5e-7 at most, beside the rounding of its steps.
 */
export function composeErf(x: Term, composer: Composer): Term {
  const multiply = (a: Term, b: Term): Term => composer.apply("Mul", [a, b]);
  const add = (a: Term, b: Term): Term => composer.apply("Add", [a, b]);
  const one = composer.scalar(1);
  const size = composer.apply("Abs", [x]);
  const t = composer.apply("Div", [one, add(multiply(size, composer.scalar(ERF.slope)), one)]);
  const [first, ...others] = ERF.coefficients.map((value) => composer.scalar(value));
  const polynomial = others.reduce(
    (sum, coefficient) => add(multiply(sum, t), coefficient),
    first ?? one,
  );
  const decay = composer.apply("Exp", [composer.apply("Neg", [multiply(x, x)])]);
  const rest = multiply(multiply(polynomial, t), decay);
  return multiply(composer.apply("Sign", [x]), composer.apply("Sub", [one, rest]));
}

/** The approximation by tanh of Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016). */
export function composeTanhGelu(x: Term, composer: Composer): Term {
  const multiply = (a: Term, b: Term): Term => composer.apply("Mul", [a, b]);
  const cube = multiply(multiply(x, x), x);
  const inner = composer.apply("Add", [x, multiply(cube, composer.scalar(0.044715))]);
  const tanh = composer.apply("Tanh", [multiply(inner, composer.scalar(Math.sqrt(2 / Math.PI)))]);
  const whole = composer.apply("Add", [tanh, composer.scalar(1)]);
  return multiply(multiply(x, composer.scalar(0.5)), whole);
}

/** `max(0, x) + min(0, α (exp(x / α) − 1))`; the second is α times an Elu of `x / α`. */
function composeCelu(x: Term, composer: Composer, node: Node): Term {
  const value = floatAttribute(node, "alpha", 1);
  if (!(value > 0)) throw unsupported(node, `its alpha is ${value}`, "a positive one");
  const alpha = composer.scalar(value);
  const inner = composer.apply("Div", [x, alpha]);
  const elu = composer.apply("Elu", [inner], { alpha: { type: "float", value: 1 } });
  return composer.apply("Mul", [elu, alpha]);
}

function composeSelu(x: Term, composer: Composer, node: Node): Term {
  const value = floatAttribute(node, "alpha", 1.6732632);
  const elu = composer.apply("Elu", [x], { alpha: { type: "float", value } });
  return composer.apply("Mul", [elu, composer.scalar(floatAttribute(node, "gamma", 1.0507010))]);
}

function composeSoftsign(x: Term, composer: Composer): Term {
  const size = composer.apply("Abs", [x]);
  return composer.apply("Div", [x, composer.apply("Add", [size, composer.scalar(1)])]);
}

/** Half the sum or difference of `exp(x)` and `exp(−x)`. */
function composeHyperbolic(x: Term, composer: Composer, operator: "Add" | "Sub"): Term {
  const up = composer.apply("Exp", [x]);
  const down = composer.apply("Exp", [composer.apply("Neg", [x])]);
  return composer.apply("Mul", [composer.apply(operator, [up, down]), composer.scalar(0.5)]);
}

/** `log(x + √(x² − 1))` */
function composeAreaCosine(x: Term, composer: Composer): Term {
  const square = composer.apply("Mul", [x, x]);
  const root = composer.apply("Sqrt", [composer.apply("Sub", [square, composer.scalar(1)])]);
  return composer.apply("Log", [composer.apply("Add", [x, root])]);
}

/** `sign(x) · log(|x| + √(x² + 1))`; of large negative numbers the sum would cancel. */
function composeAreaSine(x: Term, composer: Composer): Term {
  const square = composer.apply("Mul", [x, x]);
  const root = composer.apply("Sqrt", [composer.apply("Add", [square, composer.scalar(1)])]);
  const sum = composer.apply("Add", [composer.apply("Abs", [x]), root]);
  return composer.apply("Mul", [composer.apply("Sign", [x]), composer.apply("Log", [sum])]);
}

/** `½ log((1 + x) / (1 − x))` */
function composeAreaTangent(x: Term, composer: Composer): Term {
  const one = composer.scalar(1);
  const quotient = composer.apply("Div", [
    composer.apply("Add", [one, x]),
    composer.apply("Sub", [one, x]),
  ]);
  return composer.apply("Mul", [composer.apply("Log", [quotient]), composer.scalar(0.5)]);
}
