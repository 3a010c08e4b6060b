import { floatAttribute, intAttribute, type Node } from "../../../graph/mod.ts";
import { countElements } from "../../../tensor/mod.ts";
import { permuteConstant, reshapeConstant, scaleConstant } from "./constant.ts";
import { attribute, inputOf } from "./normal_graph.ts";
import { ends, keep, type NormalizeNode, type Normalizer } from "./normalizer.ts";

/** Products of matrices. In normal form Gemm is `x Wᵀ + b` with constant `W` [outputs, inputs]. */
export const NORMALIZE_MATRIX: Readonly<Record<string, NormalizeNode>> = {
  Gemm: normalizeGemm,
  MatMul: (node, normalizer) => keep(normalizer, node),
};

function normalizeGemm(node: Node, normalizer: Normalizer): void {
  const { input, output } = ends(node);
  const alpha = floatAttribute(node, "alpha", 1);
  const beta = floatAttribute(node, "beta", 1);
  const left = intAttribute(node, "transA", 0) === 0
    ? input
    : transpose(node, normalizer, { name: input, suffix: ".transA" });
  const weights = inputOf(node, 1);
  const transposed = intAttribute(node, "transB", 0) !== 0;
  const bias = node.inputs[2] ?? "";
  const [rows = 1, columns = 1] = normalizer.shape(output);
  if (!normalizer.isConstant(weights)) {
    return normalizeDynamic(node, normalizer, { left, transposed, alpha, beta });
  }
  const laidOut = normalizer.derive(weights, `${weights}.rows`, (constant) => {
    return scaleConstant(transposed ? constant : permuteConstant(constant, [1, 0]), alpha);
  });
  const size = countElements(normalizer.shape(bias));
  const isVector = bias !== "" && normalizer.isConstant(bias) && size === columns &&
    (normalizer.shape(bias).at(-1) === columns);
  if (bias === "" || isVector) {
    const inputs = [left, laidOut];
    if (bias !== "") {
      inputs.push(normalizer.derive(bias, `${bias}.vector`, (constant) => {
        return scaleConstant(reshapeConstant(constant, [columns]), beta);
      }));
    }
    normalizer.emit(node, { operator: "Gemm", inputs, outputs: [output] });
    return;
  }
  const product = normalizer.intermediate(`${output}.product`, output, [rows, columns]);
  normalizer.emit(node, { operator: "Gemm", inputs: [left, laidOut], outputs: [product] });
  emitSum(node, normalizer, { product, addend: bias, beta });
}

/** Both factors flow: a MatMul, factors and the addend as operators of their own. */
function normalizeDynamic(
  node: Node,
  normalizer: Normalizer,
  { left, transposed, alpha, beta }: {
    left: string;
    transposed: boolean;
    alpha: number;
    beta: number;
  },
): void {
  const output = node.outputs[0] ?? "";
  const bias = node.inputs[2] ?? "";
  const right = transposed
    ? transpose(node, normalizer, { name: inputOf(node, 1), suffix: ".transB" })
    : inputOf(node, 1);
  const shape = normalizer.shape(output);
  const scaled = alpha === 1
    ? left
    : multiply(node, normalizer, { name: left, factor: alpha, suffix: ".alpha" });
  const product = bias === ""
    ? output
    : normalizer.intermediate(`${output}.product`, output, shape);
  normalizer.emit(node, { operator: "MatMul", inputs: [scaled, right], outputs: [product] });
  if (bias !== "") emitSum(node, normalizer, { product, addend: bias, beta });
}

function emitSum(
  node: Node,
  normalizer: Normalizer,
  { product, addend, beta }: { product: string; addend: string; beta: number },
): void {
  const output = node.outputs[0] ?? "";
  const scaled = beta === 1
    ? addend
    : multiply(node, normalizer, { name: addend, factor: beta, suffix: ".beta" });
  normalizer.emit(
    node,
    { operator: "Add", inputs: [product, scaled], outputs: [output] },
    ".addend",
  );
}

function multiply(
  node: Node,
  normalizer: Normalizer,
  { name, factor, suffix }: { name: string; factor: number; suffix: string },
): string {
  const constant = normalizer.constant(node.name + suffix, {
    dtype: "float32",
    shape: [1],
    data: Float32Array.of(factor),
  });
  const product = normalizer.intermediate(name + suffix, name, normalizer.shape(name));
  const inputs = [name, constant];
  normalizer.emit(node, { operator: "Mul", inputs, outputs: [product] }, suffix);
  return product;
}

function transpose(
  node: Node,
  normalizer: Normalizer,
  { name, suffix }: { name: string; suffix: string },
): string {
  const [rows = 1, columns = 1] = normalizer.shape(name);
  const turned = normalizer.intermediate(name + suffix, name, [columns, rows]);
  normalizer.emit(node, {
    operator: "Transpose",
    inputs: [name],
    outputs: [turned],
    attributes: { perm: attribute.ints([1, 0]) },
  }, suffix);
  return turned;
}
