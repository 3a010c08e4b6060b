import { badNode } from "../../unsupported_node.ts";
import type { NodeLowering } from "../node_lowering.ts";

/** TensorFlow looks the weights up at so many places between two pixels. */
const PLACES = 1024;

/** So many weights (16 MiB) at most are computed for an axis. */
const MAX_WEIGHTS = 2 ** 22;

/** How an axis is resized. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly alignCorners: boolean;
  readonly halfPixels: boolean;
}

/**
 * ResizeBicubic: each axis of an image is multiplied by a constant matrix, which holds the weights
 * as TensorFlow rounds them. Keys, "Cubic Convolution Interpolation for Digital Image Processing"
 * (1981), with a = -0.5 where pixels have their centers at halves, else -0.75.
 */
export async function resizeBicubic(node: NodeLowering): Promise<string> {
  const [batch = 1, height = 1, width = 1, channels = 1] = node.shape(0);
  const sizes = await node.numbers(1, "its size");
  const [rows = 0, columns = 0] = sizes;
  if (node.shape(0).length !== 4 || sizes.length !== 2 || sizes.some((size) => size < 1)) {
    throw badNode(node, `its size is [${sizes}], expected height and width`);
  }
  const alignCorners = node.bool("align_corners", false);
  const halfPixels = node.bool("half_pixel_centers", false);
  const multiply = async (value: string, from: number, to: number): Promise<string> => {
    const data = resizeMatrix(node, { from, to, alignCorners, halfPixels });
    const dense = { dtype: "float32", shape: [1, to, from], data } as const;
    return await node.emit("MatMul", [node.model.addDense(`${node.name}:weights`, dense), value]);
  };
  const lines = await node.reshape(node.input(0), [batch, height, width * channels]);
  const resized = await multiply(lines, height, rows);
  const pixels = await node.reshape(resized, [batch * rows, width, channels]);
  const result = await multiply(pixels, width, columns);
  return await node.finishReshape(result, [batch, rows, columns, channels]);
}

function resizeMatrix(node: NodeLowering, axis: Axis): Float32Array<ArrayBuffer> {
  const { from, to, alignCorners, halfPixels } = axis;
  if (from * to > MAX_WEIGHTS) {
    throw badNode(node, `it resizes an axis of ${from} to ${to}, expected ${MAX_WEIGHTS} weights`);
  }
  const scale = Math.fround(alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to);
  const matrix = new Float32Array(to * from);
  for (let row = 0; row < to; row++) {
    const place = halfPixels
      ? Math.fround(Math.fround(Math.fround(row + 0.5) * scale) - 0.5)
      : Math.fround(row * scale);
    const first = Math.floor(place);
    const step = roundHalfEven(Math.fround((place - first) * PLACES));
    const weights = [-1, 0, 1, 2].map((distance) =>
      cubicWeight(Math.abs(distance - step / PLACES), halfPixels ? -0.5 : -0.75)
    );
    // With half pixels those outside have no weight, else the border counts for them.
    const isInside = (index: number): boolean => index >= 0 && index < from;
    const taken = weights.map((weight, i) => halfPixels && !isInside(first - 1 + i) ? 0 : weight);
    const sum = halfPixels ? taken.reduce((total, weight) => total + weight, 0) : 1;
    for (const [i, weight] of taken.entries()) {
      const index = Math.min(Math.max(first - 1 + i, 0), from - 1);
      const at = row * from + index;
      matrix[at] = (matrix[at] ?? 0) + weight / sum;
    }
  }
  return matrix;
}

/** The weight of a pixel at a distance of less than 2. */
function cubicWeight(x: number, a: number): number {
  return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
