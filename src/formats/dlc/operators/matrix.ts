import type { DlcOperator } from "../document.ts";
import { attribute } from "../normal/normal_graph.ts";
import { operatorError, type OperatorReader, type ReadOperator } from "./operator_reader.ts";
import { parameter, type WriteOperator } from "./operator_writer.ts";

/** Products of matrices. */
export const READ_MATRIX: Readonly<Record<string, ReadOperator>> = {
  FullyConnected: readFullyConnected,
  MatMul: readMatMul,
};

/** Products of matrices. */
export const WRITE_MATRIX: Readonly<Record<string, WriteOperator>> = {
  Gemm: () => ({ type: "FullyConnected" }),
  MatMul: () => ({
    type: "MatMul",
    parameters: [
      parameter.boolean("transpose_in0", false),
      parameter.boolean("transpose_in1", false),
    ],
  }),
};

/** With or without `keep_dims`: rows as long as the weights, and the dims of the output. */
function readFullyConnected(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  const weights = reader.constant(operator, 1);
  const bias = operator.inputs[2] === undefined || operator.inputs[2] === ""
    ? undefined
    : reader.constant(operator, 2);
  const operands = { input, weights, bias, output: reader.output(operator) };
  if (reader.graph.emitFullyConnected(operator.name, operands)) return;
  const shape = reader.shape(operator, input);
  const [, inputs] = reader.shape(operator, weights);
  throw operatorError(
    operator,
    `its input has dims [${shape}]`,
    `a multiple of ${inputs} elements`,
  );
}

/** An input that is transposed is brought into order first. */
function readMatMul(operator: DlcOperator, reader: OperatorReader): void {
  const inputs = [0, 1].map((index) => {
    const name = reader.input(operator, index);
    if (reader.integer(operator, `transpose_in${index}`, 0) === 0) return name;
    const shape = reader.shape(operator, name);
    const last = shape.length - 1;
    const perm = shape.map((_, i) => i === last ? last - 1 : i === last - 1 ? last : i);
    const turned = reader.graph.intermediate(
      `${name}.transposed`,
      perm.map((axis) => shape[axis] ?? 1),
    );
    reader.graph.emit(operator.name, {
      operator: "Transpose",
      inputs: [name],
      outputs: [turned],
      attributes: { perm: attribute.ints(perm) },
    }, `.transpose_in${index}`);
    return turned;
  });
  const product = { operator: "MatMul", inputs, outputs: [reader.output(operator)] };
  reader.graph.emit(operator.name, product);
}
