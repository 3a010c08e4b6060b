import type { DlcArgument, DlcDocument, DlcTensor } from "./document.ts";

/** Names of the version 3 attributes that hold encodings, older and newer. */
const ENCODING_ATTRIBUTES = ["FxpData", "DataEncoding"];

/** QNN type families of fixed-point numbers, in the high byte of the code: signed, unsigned. */
const FIXED_POINT_FAMILIES = [0x03, 0x04];

/**
 * Whether a document has been quantized: its metadata names a quantizer command, or a layer or
 * tensor carries an encoding.
 */
export function isQuantized(document: DlcDocument): boolean {
  const command = document.metadata.get("quantizer-command");
  if (command !== undefined && command !== "N/A") return true;
  if (document.version === "3.0") {
    return document.layers.some((layer) =>
      hasEncoding(layer.attributes) ||
      layer.tensors.some((tensor) => hasEncoding(tensor.attributes))
    );
  }
  return document.graphs.some((graph) => graph.tensors.some(isQuantizedTensor));
}

function hasEncoding(attributes: readonly DlcArgument[]): boolean {
  return attributes.some((attribute) => ENCODING_ATTRIBUTES.includes(attribute.name));
}

function isQuantizedTensor(tensor: DlcTensor): boolean {
  return tensor.quantization.encodings.length > 0 ||
    FIXED_POINT_FAMILIES.includes(tensor.dtypeCode >>> 8);
}
