import { countElements, createTensorData, type DataType } from "../../../../tensor/mod.ts";
import { badNode } from "../../unsupported_node.ts";
import type { NodeLowering } from "../node_lowering.ts";
import type { OperatorTable } from "../operator_rule.ts";

async function shapesOf(node: NodeLowering): Promise<readonly string[]> {
  const type = node.dataType("out_type", "int32");
  const results: string[] = [];
  for (const [index, input] of node.inputs.entries()) {
    const { shape } = node.type(input);
    results.push(await constantOf(node, { index, type, shape: [shape.length], numbers: shape }));
  }
  return results;
}

async function rankOf(node: NodeLowering): Promise<string> {
  const numbers = [node.shape(0).length];
  return await constantOf(node, { index: 0, type: "int32", shape: [], numbers });
}

async function sizeOf(node: NodeLowering): Promise<string> {
  const type = node.dataType("out_type", "int32");
  const numbers = [countElements(node.shape(0))];
  return await constantOf(node, { index: 0, type, shape: [], numbers });
}

/** A small constant as a result of a node. */
async function constantOf(
  node: NodeLowering,
  { index, type, shape, numbers }: {
    readonly index: number;
    readonly type: DataType;
    readonly shape: readonly number[];
    readonly numbers: readonly number[];
  },
): Promise<string> {
  if (type !== "int32" && type !== "int64") {
    throw badNode(node, `its result is ${type}, expected int32 or int64`);
  }
  const data = createTensorData(type, numbers.length);
  for (const [place, number] of numbers.entries()) {
    data[place] = data instanceof BigInt64Array ? BigInt(number) : number;
  }
  const name = node.model.addDense(node.name, { dtype: type, shape, data });
  const output = index === 0 ? name : node.resultName(index);
  if (output !== name) {
    await node.model.addNode({
      name: output,
      operator: "Identity",
      inputs: [name],
      outputs: [output],
    });
  }
  return output;
}

async function fill(node: NodeLowering): Promise<string> {
  const shape = await node.numbers(0, "its shape");
  return await node.finish("Expand", [node.input(1), node.addIntegers("shape", shape)]);
}

function constantLike(value: number) {
  return async (node: NodeLowering): Promise<string> => {
    const shape = node.addIntegers("shape", node.shape(0));
    return await node.finish("Expand", [node.addScalar("value", value), shape]);
  };
}

async function broadcast(node: NodeLowering): Promise<string> {
  const shape = await node.numbers(1, "its shape");
  return await node.finish("Expand", [node.input(0), node.addIntegers("shape", shape)]);
}

async function range(node: NodeLowering): Promise<string> {
  return await node.finish("Range", [node.input(0), node.input(1), node.input(2)]);
}

/** Operators about shapes, and those that make tensors of a shape. */
export const SHAPE_ARITHMETIC: OperatorTable = {
  BroadcastTo: broadcast,
  Fill: fill,
  OnesLike: constantLike(1),
  Range: range,
  Rank: rankOf,
  Shape: shapesOf,
  ShapeN: shapesOf,
  Size: sizeOf,
  ZerosLike: constantLike(0),
};
