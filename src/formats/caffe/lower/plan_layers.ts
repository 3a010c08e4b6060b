import { FormatError } from "../../../errors.ts";
import { suggestName } from "../../../nearest_name.ts";
import type { CaffeLayer } from "../upgrade/caffe_layer.ts";
import { PASSING_LAYERS, TRAINING_LAYERS } from "./layer_kinds.ts";

/** Blobs are written again and again in Caffe; a version is what one layer wrote. */
export interface BlobVersion {
  /** The blob. */
  readonly blob: string;
  /** The layer that wrote it, by its place in the plan; -1 if no layer did. */
  readonly writer: number;
}

/** A layer with the versions of the blobs that it reads. */
export interface PlannedLayer {
  /** The layer. */
  readonly layer: CaffeLayer;
  /** What it reads. */
  readonly reads: readonly BlobVersion[];
}

/** Which layers run, and where the network ends. */
export interface LayerPlan {
  /** In the order of the file, those only training needs left out. */
  readonly layers: readonly PlannedLayer[];
  /** What the network gives, in the order in which it is written. */
  readonly outputs: readonly BlobVersion[];
  /** The layer that writes each blob last without only passing it on. */
  readonly finalWriters: ReadonlyMap<string, number>;
  /** Blobs that are read and that no layer writes. */
  readonly open: ReadonlySet<string>;
}

/**
 * Finds out which layer reads what which other layer wrote, as blobs may be written in place, and
 * which blobs nobody reads at the end: they are what the network gives.
 *
 * @param layers The layers of the net.
 * @param options The file, for errors, and blobs or layers that the network shall end with.
 * @throws {FormatError} If there is no such blob or layer.
 */
export function planLayers(
  layers: readonly CaffeLayer[],
  { file, outputNames }: { readonly file: string; readonly outputNames: readonly string[] },
): LayerPlan {
  const versions = new Map<string, BlobVersion>();
  const unread = new Map<string, BlobVersion>();
  const finalWriters = new Map<string, number>();
  const open = new Set<string>();
  const planned: PlannedLayer[] = [];
  for (const layer of layers) {
    if (TRAINING_LAYERS.has(layer.type)) continue;
    const reads = layer.bottoms.map((blob): BlobVersion => {
      unread.delete(blob);
      const version = versions.get(blob);
      if (version === undefined) open.add(blob);
      return version ?? { blob, writer: -1 };
    });
    const writer = planned.length;
    planned.push({ layer, reads });
    for (const blob of layer.tops) {
      versions.set(blob, { blob, writer });
      unread.set(blob, { blob, writer });
      const inPlace = PASSING_LAYERS.has(layer.type) && layer.bottoms.includes(blob);
      if (!inPlace) finalWriters.set(blob, writer);
    }
  }
  const plan = { layers: planned, finalWriters, open };
  if (outputNames.length === 0) return { ...plan, outputs: [...unread.values()] };
  const outputs = outputNames.map((name): BlobVersion => {
    const version = versions.get(name) ?? writtenBy(planned, name);
    if (version !== undefined) return version;
    const names = [...versions.keys(), ...planned.map(({ layer }) => layer.name)];
    throw new FormatError(
      `Cannot end the network of "${file}" with "${name}": there is no such blob or layer` +
        suggestName(name, names),
      { file, found: name },
    );
  });
  return { ...plan, outputs, ...needed(planned, outputs) };
}

function writtenBy(planned: readonly PlannedLayer[], name: string): BlobVersion | undefined {
  const writer = planned.findLastIndex(({ layer }) => layer.name === name);
  const [blob] = planned[writer]?.layer.tops ?? [];
  return blob === undefined ? undefined : { blob, writer };
}

/** Layers that the outputs do not need become silent, so that they need not be understood. */
function needed(
  planned: readonly PlannedLayer[],
  outputs: readonly BlobVersion[],
): Pick<LayerPlan, "layers" | "open"> {
  const wanted = new Set(outputs.map(({ writer }) => writer));
  const open = new Set<string>();
  for (let index = planned.length - 1; index >= 0; index--) {
    if (!wanted.has(index)) continue;
    for (const { blob, writer } of planned[index]?.reads ?? []) {
      wanted.add(writer);
      if (writer < 0) open.add(blob);
    }
  }
  const layers = planned.map(({ layer, reads }, index) =>
    wanted.has(index) ? { layer, reads } : { layer: { ...layer, type: "Silence" }, reads: [] }
  );
  return { layers, open };
}
