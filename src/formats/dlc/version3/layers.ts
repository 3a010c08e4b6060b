import { checkUnique } from "../check_unique.ts";
import type { DlcLayer, DlcLayerTensor } from "../document.ts";
import { type Field, int32, type Table, table, tablesOf, text, texts } from "../flatbuffer/mod.ts";
import { describeArguments, readArguments } from "./arguments.ts";

/** Slots of a layer. */
const SLOT = { index: 0, name: 1, type: 2, inputs: 3, outputs: 4, attributes: 5 } as const;

/**
 * Reads a vector of layers.
 *
 * @param parameters The tensors by layer name; what belongs to a layer is taken out.
 */
export async function readLayers(
  parent: Table,
  slot: number,
  parameters: Map<string, readonly DlcLayerTensor[]>,
): Promise<DlcLayer[]> {
  const layers: DlcLayer[] = [];
  const names = new Set<string>();
  for await (const layer of parent.tables(slot)) {
    const name = await layer.text(SLOT.name);
    if (names.has(name)) throw layer.damaged("names of layers", `"${name}" twice`, "each once");
    names.add(name);
    layers.push({
      name,
      type: await layer.text(SLOT.type),
      inputs: await layer.texts(SLOT.inputs),
      outputs: await layer.texts(SLOT.outputs),
      attributes: await readArguments(layer, SLOT.attributes),
      tensors: parameters.get(name) ?? [],
    });
    parameters.delete(name);
  }
  return layers;
}

/** Describes a vector of layers for writing; their indices are their places, as in real files. */
export function describeLayers(layers: readonly DlcLayer[]): Field {
  checkUnique("layers", layers);
  return tablesOf(layers, (layer, index) =>
    table({
      [SLOT.index]: int32(index),
      [SLOT.name]: text(layer.name),
      [SLOT.type]: text(layer.type),
      [SLOT.inputs]: texts(layer.inputs),
      [SLOT.outputs]: texts(layer.outputs),
      [SLOT.attributes]: describeArguments(layer.attributes),
    }));
}
