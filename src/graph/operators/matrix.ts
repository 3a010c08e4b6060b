import { intAttribute, stringAttribute } from "../attributes.ts";
import {
  broadcastShapes,
  formatShape,
  inputType,
  nodeError,
  requireDtype,
  requireRank,
} from "./operator_call.ts";
import type { OperatorCall, OperatorTable, TensorType } from "./operator_schema.ts";

/** `[M, K] x [K, N] + C -> [M, N]`, with `transA` and `transB` applied first. */
function inferGemm(call: OperatorCall): readonly TensorType[] {
  const left = requireRank(call, { index: 0, least: 2 });
  const right = requireRank(call, { index: 1, least: 2 });
  requireDtype(call, { index: 1, dtypes: [left.dtype] });
  const [a0 = 0, a1 = 0] = left.shape;
  const [b0 = 0, b1 = 0] = right.shape;
  const [rows, inner] = intAttribute(call.node, "transA", 0) === 0 ? [a0, a1] : [a1, a0];
  const [depth, columns] = intAttribute(call.node, "transB", 0) === 0 ? [b0, b1] : [b1, b0];
  requireInner(call, { inner, depth });
  const shape = [rows, columns];
  const bias = call.inputs[2];
  if (bias !== undefined) {
    const joined = broadcastShapes(call.node, [bias.shape, shape]);
    if (joined.length !== 2 || joined[0] !== rows || joined[1] !== columns) {
      throw nodeError(call.node, {
        what: "the shape of its bias",
        found: formatShape(bias.shape),
        expected: `one that broadcasts to ${formatShape(shape)}`,
      });
    }
  }
  return [{ dtype: left.dtype, shape }];
}

function requireInner(
  call: OperatorCall,
  { inner, depth }: { readonly inner: number; readonly depth: number },
): void {
  if (inner === depth) return;
  throw nodeError(call.node, {
    what: "the inner dimension of input 1",
    found: `${depth} in ${formatShape(inputType(call, 1).shape)}`,
    expected: `${inner} to fit input 0 ${formatShape(inputType(call, 0).shape)}`,
  });
}

/** As NumPy's `matmul`: vectors get a dimension for the product, leading dimensions broadcast. */
function inferMatMul(call: OperatorCall): readonly TensorType[] {
  const left = requireRank(call, { index: 0, least: 1, most: Infinity });
  const right = requireRank(call, { index: 1, least: 1, most: Infinity });
  requireDtype(call, { index: 1, dtypes: [left.dtype] });
  const a = left.shape.length === 1 ? [1, ...left.shape] : left.shape;
  const b = right.shape.length === 1 ? [...right.shape, 1] : right.shape;
  requireInner(call, { inner: a.at(-1) ?? 0, depth: b.at(-2) ?? 0 });
  const shape = [...broadcastShapes(call.node, [a.slice(0, -2), b.slice(0, -2)])];
  if (left.shape.length > 1) shape.push(a.at(-2) ?? 0);
  if (right.shape.length > 1) shape.push(b.at(-1) ?? 0);
  return [{ dtype: left.dtype, shape }];
}

/** The subscripts of one Einsum term, an ellipsis spread over the dimensions it stands for. */
function spreadTerm(
  call: OperatorCall,
  { term, rank }: { readonly term: string; readonly rank: number },
): readonly string[] {
  const [before = "", after] = term.split("...");
  const labels = [...before, ...(after ?? "")];
  const spread = rank - labels.length;
  if (after === undefined ? spread !== 0 : spread < 0) {
    throw nodeError(call.node, {
      what: `its term "${term}"`,
      found: `for ${labels.length} dimensions`,
      expected: `one for ${rank}`,
    });
  }
  const dots = Array.from({ length: after === undefined ? 0 : spread }, (_, i) => `.${spread - i}`);
  return [...before, ...dots, ...(after ?? "")];
}

/** `Einsum` in its explicit (`ij,jk->ik`) and implicit (`ij,jk`) forms. */
function inferEinsum(call: OperatorCall): readonly TensorType[] {
  const equation = stringAttribute(call.node, "equation", "").replaceAll(" ", "");
  const [left = "", right] = equation.split("->");
  const terms = left.split(",");
  const wellFormed = /^[A-Za-z]*(\.\.\.)?[A-Za-z]*(,[A-Za-z]*(\.\.\.)?[A-Za-z]*)*$/;
  if (
    terms.length !== call.inputs.length || !wellFormed.test(left) ||
    (right !== undefined && (!wellFormed.test(right) || right.includes(",")))
  ) {
    throw nodeError(call.node, {
      what: 'attribute "equation"',
      found: `"${equation}"`,
      expected: `one with ${call.inputs.length} terms`,
    });
  }
  const extents = new Map<string, number>();
  const uses = new Map<string, number>();
  for (const [index, term] of terms.entries()) {
    const { shape } = inputType(call, index);
    for (const [axis, label] of spreadTerm(call, { term, rank: shape.length }).entries()) {
      const [known = 1, extent = 1] = [extents.get(label), shape[axis]];
      if (known !== extent && known !== 1 && extent !== 1) {
        throw nodeError(call.node, {
          what: `dimension "${label}"`,
          found: `${extent} in input ${index}`,
          expected: `${known} as before`,
        });
      }
      extents.set(label, Math.max(known, extent));
      uses.set(label, (uses.get(label) ?? 0) + 1);
    }
  }
  const dots = [...extents.keys()].filter((label) => label.startsWith("."))
    .sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
  const implicit = [...uses].filter(([label, count]) => count === 1 && !label.startsWith("."))
    .map(([label]) => label).sort();
  const [before = "", after] = (right ?? "").split("...");
  const labels = right === undefined
    ? [...dots, ...implicit]
    : [...before, ...(after === undefined ? [] : [...dots, ...after])];
  const shape = labels.map((label) => {
    const extent = extents.get(label);
    if (extent === undefined) {
      throw nodeError(call.node, {
        what: `its output dimension "${label}"`,
        found: "in no input",
        expected: "one of an input",
      });
    }
    return extent;
  });
  return [{ dtype: inputType(call, 0).dtype, shape }];
}

/** Products of matrices and tensors. */
export const MATRIX: OperatorTable = {
  Einsum: { inputs: [1, Infinity], attributes: ["equation"], infer: inferEinsum },
  Gemm: {
    inputs: [2, 3],
    attributes: ["alpha", "beta", "transA", "transB"],
    infer: inferGemm,
  },
  MatMul: { inputs: [2, 2], infer: inferMatMul },
};
