import { intAttribute } from "../../../../graph/mod.ts";
import { readDense } from "../../../../tensor/mod.ts";
import type { LayerContext } from "../layer_context.ts";

/** The default boxes of a detector, four numbers a box. */
export interface Priors {
  /** Corners: xmin, ymin, xmax, ymax. */
  readonly corners: Float32Array;
  /** What each number of a box is multiplied by. */
  readonly variances: Float32Array;
}

/**
 * Reads the default boxes that a layer gets from PriorBox layers, joined or alone.
 *
 * @param layer The layer.
 * @param index The place of the bottom with the boxes: `[1, 2, N * 4]`.
 * @throws {UnsupportedError} If the network computes them.
 */
export async function readPriors(layer: LayerContext, index: number): Promise<Priors> {
  const value = layer.inputAt(index);
  const shape = layer.shape(value);
  const [batch, rows, length = 0] = shape;
  if (shape.length !== 3 || batch !== 1 || rows !== 2 || length === 0 || length % 4 !== 0) {
    throw layer.error(`its bottom ${index} is [${shape}], expected boxes: [1,2,4·N]`);
  }
  const corners = new Float32Array(length);
  const variances = new Float32Array(length);
  let place = 0;
  for (const part of partsOf(layer, value)) {
    const constant = layer.constant(part);
    if (constant === undefined) {
      throw layer.unsupported(
        `its boxes "${value}" are computed by the network; those of PriorBox layers, joined by ` +
          "Concat along axis 2, would work",
      );
    }
    const signal = layer.signal;
    const { data } = await readDense(constant, { ...signal && { signal } });
    const half = data.length / 2;
    for (let i = 0; i < half; i++) {
      corners[place + i] = Number(data[i]);
      variances[place + i] = Number(data[half + i]);
    }
    place += half;
  }
  return { corners, variances };
}

/** The values that Concats along the last axis join. */
function partsOf(layer: LayerContext, value: string): readonly string[] {
  const parts: string[] = [];
  const open = [value];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const node = layer.producerOf(one);
    const joins = node?.operator === "Concat" && [2, -1].includes(intAttribute(node, "axis", 0));
    if (node !== undefined && joins) open.push(...node.inputs.toReversed());
    else parts.push(one);
  }
  return parts;
}
