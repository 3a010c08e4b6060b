/** Names of the members of a DLC that are understood; all others are carried along as records. */
export const MEMBER = {
  /** The graph. */
  model: "model",
  /** The tensors, or from version 4.1 on where they lie. */
  parameters: "model.params",
  /** The elements of all tensors, from version 4.1 on. */
  tensors: "model.params.bin",
  /** Classic metadata: a `key=value` line for each entry. */
  metadata: "dlc.metadata",
} as const;

/** Members with JSON metadata have its version in the name, such as `dlc.metadata2.1.0`. */
export const JSON_METADATA_MEMBER: RegExp = /^dlc\.metadata\d+\.\d+\.\d+$/;
