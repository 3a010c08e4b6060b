import type { ModelMetadata } from "../../graph/mod.ts";

/** What of the metadata has no field of its own in ONNX and goes to `metadata_props`. */
const KEYS = [
  "modelVersion",
  "copyright",
  "converterCommand",
  "converterVersion",
  "quantizerCommand",
] as const;

/** The entries of `metadata_props` for a model's metadata. */
export function propertiesOf(metadata: ModelMetadata): ReadonlyMap<string, string> {
  return new Map(KEYS.flatMap((key) => {
    const value = metadata[key];
    return value === undefined ? [] : [[key, value] as const];
  }));
}

/** The metadata that `metadata_props` hold; other entries are passed over. */
export function metadataOf(properties: ReadonlyMap<string, string>): ModelMetadata {
  return Object.fromEntries(KEYS.flatMap((key) => {
    const value = properties.get(key);
    return value === undefined ? [] : [[key, value] as const];
  }));
}
