import { intAttribute, intsAttribute, type Node } from "../../../graph/mod.ts";
import { createAxisMatrix, multiplyAlong } from "./axis_matrix.ts";
import { Composer, type Term } from "./composer.ts";
import { permuteConstant, reshapeConstant } from "./constant.ts";
import { attribute } from "./normal_graph.ts";
import { ends, type Normalizer } from "./normalizer.ts";

/**
 * Says a convolution over depth, height and width, transposed or not, by one over height and width:
 * each slice meets the kernel's slices as so many more output channels, then a matrix of zeros and
 * ones adds up what belongs to the same depth.
 */
export function emitVolumeConvolution(node: Node, normalizer: Normalizer): void {
  const isTransposed = node.operator === "ConvTranspose";
  const composer = new Composer(node, normalizer);
  const weights = normalizer.constantInput(node, 1);
  const bias = (node.inputs[2] ?? "") === "" ? "" : normalizer.constantInput(node, 2);
  const [batch = 1, inputs = 1, depth = 1, ...plane] = normalizer.shape(ends(node).input);
  const [, channels = 1, outputDepth = 1, ...outputPlane] = normalizer.shape(ends(node).output);
  const [, , kernelDepth = 1] = normalizer.shape(weights);
  const slices = composer.reshape(
    composer.transpose(composer.input(0), [0, 2, 1, 3, 4]),
    [batch * depth, inputs, ...plane],
  );
  const kernel = sliceKernel(composer, weights, isTransposed);
  const products = composer.produce(node.operator, [slices, kernel], {
    shape: [batch * depth, channels * kernelDepth, ...outputPlane],
    attributes: planeAttributes(node),
  });
  const area = outputPlane.reduce((product, size) => product * size, 1);
  const bySlice = composer.transpose(
    composer.reshape(products, [batch, depth, channels, kernelDepth, area]),
    [0, 1, 3, 2, 4],
  );
  const matrix = createAxisMatrix(node, { inputs: depth * kernelDepth, outputs: outputDepth });
  const [stride = 1] = intsAttribute(node, "strides") ?? [];
  const [dilation = 1] = intsAttribute(node, "dilations") ?? [];
  const [begin = 0] = intsAttribute(node, "pads") ?? [];
  for (let from = 0; from < depth; from++) {
    for (let tap = 0; tap < kernelDepth; tap++) {
      // A convolution reads at `to · stride + tap · dilation − begin`, a transposed one writes there.
      const place = isTransposed
        ? from * stride + tap * dilation - begin
        : (from - tap * dilation + begin) / stride;
      if (!Number.isInteger(place) || place < 0 || place >= outputDepth) continue;
      matrix.data[place * matrix.inputs + from * kernelDepth + tap] = 1;
    }
  }
  const sums = multiplyAlong(
    composer,
    composer.reshape(bySlice, [batch, depth * kernelDepth, channels * area]),
    { axis: 1, matrix },
  );
  const volume = composer.transpose(
    composer.reshape(sums, [batch, outputDepth, channels, ...outputPlane]),
    [0, 2, 1, 3, 4],
  );
  composer.finish(bias === "" ? volume : addBias(composer, volume, { bias, channels }));
}

/** `[outputs · kernel depth, inputs, height, width]`, for transposed ones with the first two exchanged. */
function sliceKernel(composer: Composer, weights: string, isTransposed: boolean): Term {
  return composer.derive(weights, ".slices", (constant) => {
    const [first = 1, second = 1, depth = 1, ...plane] = constant.data.shape;
    return isTransposed
      ? reshapeConstant(constant, [first, second * depth, ...plane])
      : reshapeConstant(permuteConstant(constant, [0, 2, 1, 3, 4]), [
        first * depth,
        second,
        ...plane,
      ]);
  });
}

/** The attributes of a convolution without those of the depth. */
function planeAttributes(node: Node) {
  const pads = intsAttribute(node, "pads") ?? [0, 0, 0, 0, 0, 0];
  const pair = (name: string, fallback: number) =>
    attribute.ints((intsAttribute(node, name) ?? [0, fallback, fallback]).slice(1));
  return {
    strides: pair("strides", 1),
    dilations: pair("dilations", 1),
    pads: attribute.ints([1, 2, 4, 5].map((i) => pads[i] ?? 0)),
    group: attribute.int(intAttribute(node, "group", 1)),
    ...(node.operator === "ConvTranspose" ? { output_padding: pair("output_padding", 0) } : {}),
  };
}

function addBias(
  composer: Composer,
  volume: Term,
  { bias, channels }: { readonly bias: string; readonly channels: number },
): Term {
  const column = composer.derive(
    bias,
    ".volume",
    (constant) => reshapeConstant(constant, [channels, 1, 1, 1]),
  );
  return composer.apply("Add", [volume, column]);
}
