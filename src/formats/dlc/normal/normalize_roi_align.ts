import { floatAttribute, intAttribute, type Node, stringAttribute } from "../../../graph/mod.ts";
import { requireElements } from "./axis_matrix.ts";
import { Composer, type Term } from "./composer.ts";
import { type Normalizer, unsupported } from "./normalizer.ts";

/** One element of the input and its weight in a sample. */
interface Corner {
  readonly index: number;
  readonly weight: number;
}

/** A region along one axis: for each output element its samples, two corners each. */
type AxisSamples = readonly (readonly (readonly [Corner, Corner])[])[];

/**
 * RoiAlign of constant regions. Samples lie on a grid and their weights are products, so that
 * a mean is `rows · image · columnsᵀ` with one constant matrix a region and axis. As weights are not
 * negative, maxima over the corners of the samples can be taken axis by axis too, each corner picked
 * and weighted by a matrix.
 */
export function normalizeRoiAlign(node: Node, normalizer: Normalizer): void {
  normalizer.constantInput(node, 1);
  normalizer.constantInput(node, 2);
  const regions = normalizer.numbers(node, 1) ?? [];
  const images = normalizer.numbers(node, 2) ?? [];
  const composer = new Composer(node, normalizer);
  const input = composer.input(0);
  const [batch = 1, , height = 1, width = 1] = input.shape;
  const stray = images.find((image) => image < 0 || image >= batch);
  if (stray !== undefined) {
    throw unsupported(node, `a region is of image ${stray}`, `0 to ${batch - 1}`);
  }
  const isMaximum = stringAttribute(node, "mode", "avg") === "max";
  const along = (first: number, length: number, count: number): readonly AxisSamples[] =>
    images.map((_, i) => {
      const [begin = 0, end = 0] = [regions[4 * i + first], regions[4 * i + first + 2]];
      return sampleAxis(node, { begin, end, length, count, regions: images.length });
    });
  const columns = along(0, width, intAttribute(node, "output_width", 1));
  const rows = along(1, height, intAttribute(node, "output_height", 1));
  const stack = (samples: readonly AxisSamples[], length: number): readonly Float32Array[] =>
    isMaximum ? cornerMatrices(node, samples, length) : [meanMatrices(node, samples, length)];
  const combine = (products: readonly Term[]): Term =>
    products.reduce((one, other) => composer.apply("Max", [one, other]));
  const taken = composer.gather(input, { axis: 0, indices: images });
  const count = images.length;
  const across = combine(
    stack(columns, width).map((data) => {
      const shape = [count, 1, columns[0]?.length ?? 1, width];
      return composer.matmul(taken, composer.constant("columns", turned(shape, data)));
    }),
  );
  const down = combine(
    stack(rows, height).map((data) => {
      const shape = [count, 1, rows[0]?.length ?? 1, height];
      const matrix = composer.constant("rows", { dtype: "float32", shape, data: data.slice() });
      return composer.matmul(matrix, across);
    }),
  );
  composer.finish(down);
}

/** Matrices with rows and columns exchanged. */
function turned(shape: readonly number[], data: Float32Array) {
  const [count = 1, , rows = 1, columns = 1] = shape;
  const result = new Float32Array(data.length);
  for (const [i, value] of data.entries()) {
    const [matrix, place] = [Math.floor(i / (rows * columns)), i % (rows * columns)];
    const [row, column] = [Math.floor(place / columns), place % columns];
    result[matrix * rows * columns + column * rows + row] = value;
  }
  return { dtype: "float32", shape: [count, 1, columns, rows], data: result } as const;
}

/** The samples of a region along one axis, as ONNX and Mask R-CNN (He et al. 2017) place them. */
function sampleAxis(
  node: Node,
  { begin, end, length, count, regions }: {
    readonly begin: number;
    readonly end: number;
    readonly length: number;
    readonly count: number;
    readonly regions: number;
  },
): AxisSamples {
  const isShifted =
    stringAttribute(node, "coordinate_transformation_mode", "half_pixel") === "half_pixel";
  const shift = isShifted ? 0.5 : 0;
  const factor = floatAttribute(node, "spatial_scale", 1);
  const start = begin * factor - shift;
  const size = end * factor - shift - start;
  const step = (isShifted ? size : Math.max(size, 1)) / count;
  const samples = intAttribute(node, "sampling_ratio", 0) || Math.max(0, Math.ceil(step));
  requireElements(node, regions * count * samples);
  return Array.from(
    { length: count },
    (_, place) =>
      Array.from({ length: samples }, (_, sample) => {
        const position = start + place * step + (sample + 0.5) * step / samples;
        return cornersOf(position, length);
      }),
  );
}

/** The neighbours of a position; those of a position outside weigh nothing. */
function cornersOf(position: number, length: number): readonly [Corner, Corner] {
  if (position < -1 || position > length) return [{ index: 0, weight: 0 }, { index: 0, weight: 0 }];
  const inside = Math.min(Math.max(position, 0), length - 1);
  const low = Math.floor(inside);
  const rest = inside - low;
  return [
    { index: low, weight: 1 - rest },
    { index: Math.min(low + 1, length - 1), weight: rest },
  ];
}

/** One matrix a region, one behind the other: the mean of the samples. */
function meanMatrices(
  node: Node,
  regions: readonly AxisSamples[],
  length: number,
): Float32Array {
  const count = regions[0]?.length ?? 1;
  requireElements(node, regions.length * count * length);
  const data = new Float32Array(regions.length * count * length);
  for (const [row, samples] of regions.flat().entries()) {
    for (const { index, weight } of samples.flat()) {
      const place = row * length + index;
      data[place] = (data[place] ?? 0) + weight / samples.length;
    }
  }
  return data;
}

/** For each corner of each sample matrices that weight it; regions of fewer samples repeat one. */
function cornerMatrices(
  node: Node,
  regions: readonly AxisSamples[],
  length: number,
): readonly Float32Array[] {
  const rows = regions.flat();
  const corners = 2 * rows.reduce((most, samples) => Math.max(most, samples.length), 1);
  requireElements(node, corners * rows.length * length);
  return Array.from({ length: corners }, (_, corner) => {
    const data = new Float32Array(rows.length * length);
    for (const [row, samples] of rows.entries()) {
      const all = samples.flat();
      const { index, weight } = all[corner % all.length] ?? { index: 0, weight: 0 };
      data[row * length + index] = weight;
    }
    return data;
  });
}
