import { intAttribute } from "../attributes.ts";
import { einsumSubscripts } from "../einsum_subscripts.ts";
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

/** `Einsum` in its explicit (`ij,jk->ik`) and implicit (`ij,jk`) forms. */
function inferEinsum(call: OperatorCall): readonly TensorType[] {
  const inputs = call.inputs.map((_, index) => inputType(call, index));
  const { output, extents } = einsumSubscripts(call.node, inputs.map(({ shape }) => shape));
  const shape = output.map((label) => extents.get(label) ?? 1);
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
