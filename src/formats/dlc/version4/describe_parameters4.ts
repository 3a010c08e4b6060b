import {
  byteLengthOf,
  countElements,
  type ReadChunksOptions,
  type TensorReference,
} from "../../../tensor/mod.ts";
import { checkUnique } from "../check_unique.ts";
import { type DlcGraph, type DlcOperator, type DlcTensor, QNN_STORAGE } from "../document.ts";
import {
  type Field,
  int64,
  payload,
  table,
  type TableField,
  tablesOf,
  text,
} from "../flatbuffer/mod.ts";
import { streamTensor, tensorByteLength } from "../tensor_bytes.ts";
import { PARAMETER_SLOT as SLOT } from "./read_parameters4.ts";
import { TensorLayout } from "./tensor_layout.ts";
import { STATIC_ROLE } from "./tensors.ts";

/**
 * Describes the records of all tensors: for each graph its static tensors, then the parameter tensors
 * of each operator, also of operators without any.
 *
 * @param storage Where elements go: places in `model.params.bin`, or into the records themselves, read
 *   with these options.
 */
export function describeParameters4(
  graphs: readonly DlcGraph[],
  storage: TensorLayout | ReadChunksOptions,
): TableField {
  const describe = (tensors: readonly DlcTensor[]): Field =>
    tablesOf(tensors, (tensor) => describeRecord(tensor, storage));
  return table({
    [SLOT.root.graphs]: tablesOf(graphs, (graph) =>
      table({
        [SLOT.graph.name]: text(graph.name),
        [SLOT.graph.tensors]: describe(staticTensors(graph)),
        [SLOT.graph.operators]: tablesOf(graph.operators, (operator) =>
          table({ [SLOT.operator.tensors]: describe(parameterTensors(operator)) })),
      })),
  });
}

function staticTensors(graph: DlcGraph): DlcTensor[] {
  for (const { name, role, data } of graph.tensors) {
    if (data === undefined || role === STATIC_ROLE) continue;
    throw new RangeError(
      `Cannot write tensor "${name}": it has elements, but role ${role} instead of ` +
        `${STATIC_ROLE} (static)`,
    );
  }
  return graph.tensors.filter((tensor) => tensor.role === STATIC_ROLE);
}

function parameterTensors({ name, attributes }: DlcOperator): DlcTensor[] {
  const tensors = attributes.flatMap(({ value }) => value.kind === "tensor" ? [value.tensor] : []);
  checkUnique(`parameter tensors of operator "${name}"`, tensors);
  return tensors;
}

function describeRecord(
  tensor: DlcTensor,
  storage: TensorLayout | ReadChunksOptions,
): TableField {
  const { name } = tensor;
  const data = checkElements(tensor);
  return table({
    [SLOT.tensor.name]: text(name),
    ...(storage instanceof TensorLayout
      ? { [SLOT.tensor.position]: describePosition(storage.place(data)) }
      : { [SLOT.tensor.bytes]: describeBytes(data, storage) }),
  });
}

/** The elements of a tensor, if they fit what the tensor says about itself. */
function checkElements({ name, shape, dtypeCode, data }: DlcTensor): TensorReference {
  if (data === undefined) {
    throw new RangeError(`Cannot write static tensor "${name}": it has no elements`);
  }
  const dtype = QNN_STORAGE.get(dtypeCode);
  const expected = dtype === undefined ? undefined : byteLengthOf(dtype, countElements(shape));
  const found = tensorByteLength(data);
  if (found === expected) return data;
  throw new RangeError(
    `Cannot write tensor "${name}": its elements take ${found} bytes, its type code ` +
      `0x${dtypeCode.toString(16)} and shape [${shape.join(", ")}] ${
        expected ?? "an unknown number"
      }`,
  );
}

function describePosition(place: { readonly offset: number; readonly byteLength: number }): Field {
  return table({
    [SLOT.position.offset]: int64(place.offset),
    [SLOT.position.byteLength]: int64(place.byteLength),
  });
}

function describeBytes(data: TensorReference, options: ReadChunksOptions): Field {
  return payload({
    byteLength: tensorByteLength(data),
    bytesPerElement: 1,
    chunks: () => streamTensor(data, options),
  });
}
