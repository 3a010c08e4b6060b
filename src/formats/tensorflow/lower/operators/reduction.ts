import { badNode } from "../../unsupported_node.ts";
import { int } from "../attributes.ts";
import { onnxCodeOfDataType } from "../../../../graph/mod.ts";
import type { NodeLowering } from "../node_lowering.ts";
import type { OperatorRule, OperatorTable } from "../operator_rule.ts";

function reduce(operator: string): OperatorRule {
  return async (node) => {
    const rank = node.shape(0).length;
    const given = await node.numbers(1, "its axes");
    const axes = given.map((axis) => node.axis(axis, rank));
    const keep = node.bool("keep_dims", false);
    if (axes.length === 0) return await node.finish("Identity", [node.input(0)]);
    return await node.finish(operator, [node.input(0), node.addIntegers("axes", axes)], {
      keepdims: int(keep ? 1 : 0),
    });
  };
}

/** Any and All of bools, as maximum and minimum of 0 and 1. */
function reduceBools(operator: "ReduceMax" | "ReduceMin"): OperatorRule {
  return async (node) => {
    const rank = node.shape(0).length;
    const axes = (await node.numbers(1, "its axes")).map((axis) => node.axis(axis, rank));
    const cast = { to: int(onnxCodeOfDataType("int32")) };
    const numbers = await node.emit("Cast", [node.input(0)], cast);
    const reduced = await node.emit(operator, [numbers, node.addIntegers("axes", axes)], {
      keepdims: int(node.bool("keep_dims", false) ? 1 : 0),
    });
    return await node.finish("Cast", [reduced], { to: int(onnxCodeOfDataType("bool")) });
  };
}

/** The place of the largest or smallest element along one axis. */
function findExtreme(operator: "ArgMax" | "ArgMin"): OperatorRule {
  return async (node) => {
    const rank = node.shape(0).length;
    const axis = node.axis(await node.number(1, "its axis"), rank);
    const attributes = { axis: int(axis), keepdims: int(0) };
    const type = node.dataType("output_type", "int64");
    if (type === "int64") return await node.finish(operator, [node.input(0)], attributes);
    const places = await node.emit(operator, [node.input(0)], attributes);
    return await node.finish("Cast", [places], { to: int(onnxCodeOfDataType(type)) });
  };
}

async function findLargest(node: NodeLowering): Promise<readonly string[]> {
  const k = node.operator === "TopK" ? node.int("k", 0) : await node.number(1, "its k");
  const rank = node.shape(0).length;
  if (rank === 0) throw badNode(node, "its input is a scalar, expected a vector or more");
  const inputs = [node.input(0), node.addIntegers("k", [k])];
  const values = node.resultName(0);
  const places = node.model.takeName(`${node.name}:places`);
  await node.model.addNode({
    name: node.name,
    operator: "TopK",
    inputs,
    outputs: [values, places],
    attributes: { axis: int(-1), sorted: int(1) },
  });
  const indices = node.resultName(1);
  const cast = { to: int(onnxCodeOfDataType("int32")) };
  await node.model.addNode({
    name: indices,
    operator: "Cast",
    inputs: [places],
    outputs: [indices],
    attributes: cast,
  });
  return [values, indices];
}

/** Products of matrices, maybe of several; operands may be transposed. */
async function multiplyMatrices(node: NodeLowering): Promise<string> {
  const batch = node.operator.startsWith("Batch");
  const flip = (name: string) => node.bool(name, false);
  const first = flip(batch ? "adj_x" : "transpose_a");
  const second = flip(batch ? "adj_y" : "transpose_b");
  const [a, b] = [node.input(0), node.input(1)];
  return await node.finish("MatMul", [
    first ? await swapLastAxes(node, a) : a,
    second ? await swapLastAxes(node, b) : b,
  ]);
}

async function swapLastAxes(node: NodeLowering, name: string): Promise<string> {
  const rank = node.type(name).shape.length;
  if (rank < 2) throw badNode(node, `"${name}" has ${rank} dimensions, expected 2 or more`);
  const order = Array.from({ length: rank }, (_, axis) => axis);
  return await node.transpose(name, [...order.slice(0, -2), rank - 1, rank - 2]);
}

async function sumProducts(node: NodeLowering): Promise<string> {
  return await node.finish("Einsum", node.inputs, {
    equation: { type: "string", value: node.text("equation", "") },
  });
}

/** Sums of the elements up to each along an axis. */
async function sumUp(node: NodeLowering): Promise<string> {
  const axis = node.axis(await node.number(1, "its axis"), node.shape(0).length);
  return await node.finish("CumSum", [node.input(0), node.addIntegers("axis", [axis])], {
    exclusive: int(node.bool("exclusive", false) ? 1 : 0),
    reverse: int(node.bool("reverse", false) ? 1 : 0),
  });
}

/** Operators that combine elements. */
export const REDUCTION: OperatorTable = {
  All: reduceBools("ReduceMin"),
  Any: reduceBools("ReduceMax"),
  ArgMax: findExtreme("ArgMax"),
  ArgMin: findExtreme("ArgMin"),
  BatchMatMul: multiplyMatrices,
  BatchMatMulV2: multiplyMatrices,
  BatchMatMulV3: multiplyMatrices,
  Cumsum: sumUp,
  Einsum: sumProducts,
  EuclideanNorm: reduce("ReduceL2"),
  MatMul: multiplyMatrices,
  Max: reduce("ReduceMax"),
  Mean: reduce("ReduceMean"),
  Min: reduce("ReduceMin"),
  Prod: reduce("ReduceProd"),
  Sum: reduce("ReduceSum"),
  TopK: findLargest,
  TopKV2: findLargest,
};
