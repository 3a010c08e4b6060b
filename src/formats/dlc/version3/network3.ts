import type { ReadChunksOptions } from "../../../tensor/mod.ts";
import type { DlcDocument3 } from "../document.ts";
import { layOutFlatBuffer, table, text, texts } from "../flatbuffer/mod.ts";
import { composeMember, openFlatBuffer } from "../header.ts";
import { MEMBER } from "../member_names.ts";
import type { SourceRange } from "../source_range.ts";
import type { NewMember } from "../zip/mod.ts";
import { describeArguments, readArguments } from "./arguments.ts";
import { describeLayers, readLayers } from "./layers.ts";
import { describeParameters, readParameters } from "./parameters3.ts";

/** Slots of the root of `model`. */
const SLOT = { name: 0, layers: 1, inputs: 2, outputs: 3, attributes: 4 } as const;

/** Identifiers of the two FlatBuffers. */
const IDENTIFIER = { model: "NETD", parameters: "NETP" } as const;

/** A version 3 document without what other members say. */
export type Network3 = Omit<DlcDocument3, "metadata" | "records">;

/**
 * Reads a version 3 network from its two members.
 *
 * @throws {FormatError} If they are damaged or do not belong together.
 */
export async function readNetwork3(model: SourceRange, parameters: SourceRange): Promise<Network3> {
  const weights = await openFlatBuffer(parameters, MEMBER.parameters, [IDENTIFIER.parameters]);
  const tensors = await readParameters(await weights.reader.root());
  const graph = await openFlatBuffer(model, MEMBER.model, [IDENTIFIER.model]);
  const root = await graph.reader.root();
  const layers = await readLayers(root, SLOT.layers, tensors);
  for (const name of tensors.keys()) {
    throw root.damaged("layers with parameters", `"${name}", which the model lacks`, "its layers");
  }
  const name = await root.text(SLOT.name);
  const externalInputs = await root.texts(SLOT.inputs);
  const externalOutputs = await root.texts(SLOT.outputs);
  return {
    version: "3.0",
    layers,
    attributes: await readArguments(root, SLOT.attributes),
    ...(name !== "" && { name }),
    ...(externalInputs.length > 0 && { externalInputs }),
    ...(externalOutputs.length > 0 && { externalOutputs }),
  };
}

/**
 * Describes the two members of a version 3 network.
 *
 * @param options How tensors are read.
 * @throws {UnsupportedError} If a tensor's type or the size of all does not fit the version.
 */
export function composeNetwork3(network: Network3, options: ReadChunksOptions): NewMember[] {
  const { name, externalInputs = [], externalOutputs = [] } = network;
  const model = table({
    ...(name !== undefined && { [SLOT.name]: text(name) }),
    [SLOT.layers]: describeLayers(network.layers),
    [SLOT.inputs]: texts(externalInputs),
    [SLOT.outputs]: texts(externalOutputs),
    [SLOT.attributes]: describeArguments(network.attributes),
  });
  const parameters = describeParameters(network.layers, options);
  const { version } = network;
  return [
    composeMember(MEMBER.model, version, layOutFlatBuffer(model, IDENTIFIER.model)),
    composeMember(MEMBER.parameters, version, layOutFlatBuffer(parameters, IDENTIFIER.parameters)),
  ];
}
