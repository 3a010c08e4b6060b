import { UnsupportedError } from "../../../errors.ts";
import {
  countElements,
  type DataType,
  type ReadChunksOptions,
  referenceRange,
} from "../../../tensor/mod.ts";
import { checkUnique } from "../check_unique.ts";
import type { DlcLayer, DlcLayerTensor } from "../document.ts";
import {
  payload,
  type Table,
  table,
  type TableField,
  tablesOf,
  text,
  uint32s,
  uint8,
} from "../flatbuffer/mod.ts";
import { readShape } from "../read_shape.ts";
import { bytesPerElement, streamTensor, tensorByteLength } from "../tensor_bytes.ts";
import { BYTE_DATA_TYPES } from "../unconfirmed_container.ts";
import { describeArguments, readArguments } from "./arguments.ts";

const ROOT = { layers: 0 } as const;
const LAYER = { name: 0, tensors: 1 } as const;
const TENSOR = { name: 0, shape: 1, data: 2, attributes: 3 } as const;
const DATA = { kind: 0, bytes: 1, floats: 2 } as const;

/** The two kinds of data; their numbers are those of attributes of the same form. */
const KIND = { bytes: 6, floats: 9 } as const;

/**
 * Reads the index of `model.params`: the tensors of each layer, by the layer's name. Their elements
 * stay in the file.
 */
export async function readParameters(root: Table): Promise<Map<string, DlcLayerTensor[]>> {
  const parameters = new Map<string, DlcLayerTensor[]>();
  for await (const layer of root.tables(ROOT.layers)) {
    const name = await layer.text(LAYER.name);
    if (parameters.has(name)) {
      throw layer.damaged("layers with parameters", `"${name}" twice`, "each once");
    }
    const tensors: DlcLayerTensor[] = [];
    for await (const tensor of layer.tables(LAYER.tensors)) {
      tensors.push(await readTensor(tensor, name));
    }
    parameters.set(name, tensors);
  }
  return parameters;
}

async function readTensor(tensor: Table, layer: string): Promise<DlcLayerTensor> {
  const name = await tensor.text(TENSOR.name);
  const subject = `tensor "${name}" of layer "${layer}"`;
  const shape = await readShape(tensor, TENSOR.shape, subject);
  const data = await tensor.table(TENSOR.data);
  if (data === undefined) throw tensor.damaged(`data of ${subject}`, "none", "some");
  const kind = data.uint8(DATA.kind);
  if (kind !== KIND.bytes && kind !== KIND.floats) {
    throw data.damaged(`kind of data of ${subject}`, kind, `${KIND.bytes} or ${KIND.floats}`);
  }
  const stored = kind === KIND.bytes
    ? await data.payload(DATA.bytes, 1)
    : await data.payload(DATA.floats, 4);
  if (stored === undefined) throw data.damaged(`data of ${subject}`, "none", "some");
  const elements = countElements(shape);
  const dtype = kind === KIND.floats
    ? "float32"
    : BYTE_DATA_TYPES.get(elements === 0 ? 1 : stored.byteLength / elements);
  if (dtype === undefined) {
    throw data.damaged(
      `size of ${subject} with dimensions [${shape.join(", ")}]`,
      stored.byteLength,
      [...BYTE_DATA_TYPES.keys()].map((width) => width * elements).join(" or "),
    );
  }
  return {
    name,
    data: referenceRange({ name: `${layer}/${name}`, dtype, shape, ...stored }),
    attributes: await readArguments(tensor, TENSOR.attributes),
  };
}

/** Describes `model.params`: layers that have tensors, sorted by name as in real files. */
export function describeParameters(
  layers: readonly DlcLayer[],
  options: ReadChunksOptions,
): TableField {
  const withTensors = layers.filter((layer) => layer.tensors.length > 0)
    .toSorted((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, tensors } of withTensors) checkUnique(`tensors of layer "${name}"`, tensors);
  return table({
    [ROOT.layers]: tablesOf(withTensors, (layer) =>
      table({
        [LAYER.name]: text(layer.name),
        [LAYER.tensors]: tablesOf(
          layer.tensors,
          (tensor) => describeTensor(tensor, layer, options),
        ),
      })),
  });
}

function describeTensor(
  { name, data, attributes }: DlcLayerTensor,
  layer: DlcLayer,
  options: ReadChunksOptions,
): TableField {
  const floats = data.dtype === "float32";
  if (!floats && !isByteDataType(data.dtype)) {
    throw new UnsupportedError(
      `Cannot write tensor "${name}" of layer "${layer.name}": DLC version 3 does not hold ` +
        `${data.dtype}; version 4.1 does`,
      { node: layer.name, operator: layer.type },
    );
  }
  const elements = payload({
    byteLength: tensorByteLength(data),
    bytesPerElement: floats ? bytesPerElement(data) : 1,
    chunks: () => streamTensor(data, options),
  });
  return table({
    [TENSOR.name]: text(name),
    [TENSOR.shape]: uint32s(data.shape),
    [TENSOR.data]: table({
      [DATA.kind]: uint8(floats ? KIND.floats : KIND.bytes),
      [floats ? DATA.floats : DATA.bytes]: elements,
    }),
    [TENSOR.attributes]: describeArguments(attributes),
  });
}

function isByteDataType(dtype: DataType): boolean {
  return [...BYTE_DATA_TYPES.values()].includes(dtype);
}
