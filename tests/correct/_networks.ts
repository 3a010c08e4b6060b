import type { Model } from "../../src/graph/mod.ts";
import type { SampleSource } from "../../src/tensor/mod.ts";
import { int, ints, node, noise, smallModel, value } from "../execute/_small_model.ts";

/**
 * Every kind of layer that has a bias of its own, with activations, a residual sum and two branches:
 * convolution, depthwise, grouped, dilated with strides, transposed, transposed in groups, Gemm.
 */
export function mixedNetwork(): Model {
  return smallModel({
    inputs: [value("x", [1, 3, 12, 12])],
    nodes: [
      node("Conv x,w1,b1 -> c1", { pads: ints([1, 1, 1, 1]) }),
      node("Clip c1,zero,six -> r1"),
      node("Conv r1,w2,b2 -> c2", { pads: ints([1, 1, 1, 1]), group: int(8) }),
      node("Relu c2 -> r2"),
      node("Conv r2,w3,b3 -> c3"),
      node("Add c3,r1 -> a"),
      node("Conv a,w4,b4 -> c4", { group: int(2), strides: ints([2, 2]), dilations: ints([2, 2]) }),
      node("Sigmoid c4 -> s4"),
      node("ConvTranspose s4,w5,b5 -> t5", { strides: ints([2, 2]) }),
      node("Relu t5 -> r5"),
      node("ConvTranspose r5,w6,b6 -> t6", { group: int(3), pads: ints([1, 1, 1, 1]) }),
      node("GlobalAveragePool t6 -> p6"),
      node("GlobalAveragePool s4 -> p4"),
      node("Concat p6,p4 -> j", { axis: int(1) }),
      node("Flatten j -> f"),
      node("Gemm f,w7,b7 -> g7", { transB: int(1) }),
      node("Relu g7 -> r7"),
      node("Gemm r7,w8,b8 -> y"),
    ],
    values: [
      value("c1", [1, 8, 12, 12]),
      value("r1", [1, 8, 12, 12]),
      value("c2", [1, 8, 12, 12]),
      value("r2", [1, 8, 12, 12]),
      value("c3", [1, 8, 12, 12]),
      value("a", [1, 8, 12, 12]),
      value("c4", [1, 10, 4, 4]),
      value("s4", [1, 10, 4, 4]),
      value("t5", [1, 9, 9, 9]),
      value("r5", [1, 9, 9, 9]),
      value("t6", [1, 6, 9, 9]),
      value("p6", [1, 6, 1, 1]),
      value("p4", [1, 10, 1, 1]),
      value("j", [1, 16, 1, 1]),
      value("f", [1, 16]),
      value("g7", [1, 20]),
      value("r7", [1, 20]),
      value("y", [1, 5]),
    ],
    initializers: {
      w1: noise([8, 3, 3, 3], 1),
      b1: noise([8], 2),
      zero: { dtype: "float32", shape: [], data: Float32Array.of(0) },
      six: { dtype: "float32", shape: [], data: Float32Array.of(6) },
      w2: noise([8, 1, 3, 3], 3),
      b2: noise([8], 4),
      w3: noise([8, 8, 1, 1], 5),
      b3: noise([8], 6),
      w4: noise([10, 4, 3, 3], 7),
      b4: noise([10], 8),
      w5: noise([10, 9, 3, 3], 9),
      b5: noise([9], 10),
      w6: noise([9, 2, 3, 3], 11),
      b6: noise([6], 12),
      w7: noise([20, 16], 13),
      b7: noise([20], 14),
      w8: noise([20, 5], 15),
      b8: noise([5], 16),
    },
  });
}

/** Noise for the one input of a network. */
export function noiseSamples(model: Model, length: number): SampleSource {
  const [input] = model.inputs;
  return {
    length,
    read: (index) =>
      Promise.resolve(
        new Map(input === undefined ? [] : [[input.name, noise(input.shape, 100 + index)]]),
      ),
  };
}

/**
 * Layers with nothing or only sums between them: 1x1 behind padded, with strides, without padding, sums
 * with themselves, products of matrices in a row.
 */
export function linearNetwork(): Model {
  const shapes: Readonly<Record<string, readonly number[]>> = {
    ...{ c1: [1, 6, 10, 10], c2: [1, 8, 10, 10], c3: [1, 8, 10, 10], a: [1, 8, 10, 10] },
    ...{ c4: [1, 5, 5, 5], c5: [1, 4, 8, 8], d: [1, 4, 8, 8], r4: [1, 5, 5, 5] },
    ...{ c6: [1, 7, 5, 5], c7: [1, 3, 8, 8], p6: [1, 7, 1, 1], f6: [1, 7] },
    ...{ g8: [1, 9], g9: [1, 6], y: [1, 6] },
  };
  return smallModel({
    inputs: [value("x", [1, 3, 10, 10])],
    nodes: [
      node("Conv x,w1,b1 -> c1", { pads: ints([1, 1, 1, 1]) }),
      node("Conv c1,w2,b2 -> c2"),
      node("Conv x,w3,b3 -> c3"),
      node("Add c2,c3 -> a"),
      node("Conv a,w4,b4 -> c4", { strides: ints([2, 2]) }),
      node("Conv a,w5,b5 -> c5", { group: int(2) }),
      node("Add c5,c5 -> d"),
      node("Relu c4 -> r4"),
      node("Conv r4,w6,b6 -> c6", { pads: ints([1, 1, 1, 1]) }),
      node("Conv d,w7,b7 -> c7", { pads: ints([1, 1, 1, 1]) }),
      node("GlobalAveragePool c6 -> p6"),
      node("Flatten p6 -> f6"),
      node("Gemm f6,w8,b8 -> g8"),
      node("Gemm g8,w9,b9 -> g9", { transB: int(1), beta: { type: "float", value: 0.5 } }),
      node("Relu g9 -> y"),
    ],
    values: Object.entries(shapes).map(([name, shape]) => value(name, shape)),
    outputs: ["c7", "y"],
    initializers: {
      ...{ w1: noise([6, 3, 3, 3], 1), b1: noise([6], 2) },
      ...{ w2: noise([8, 6, 1, 1], 3), b2: noise([8], 4) },
      ...{ w3: noise([8, 3, 1, 1], 5), b3: noise([8], 6) },
      ...{ w4: noise([5, 8, 1, 1], 7), b4: noise([5], 8) },
      ...{ w5: noise([4, 4, 3, 3], 9), b5: noise([4], 10) },
      ...{ w6: noise([7, 5, 3, 3], 11), b6: noise([7], 12) },
      ...{ w7: noise([3, 4, 3, 3], 13), b7: noise([3], 14) },
      ...{ w8: noise([7, 9], 15), b8: noise([9], 16) },
      ...{ w9: noise([6, 9], 17), b9: noise([6], 18) },
    },
  });
}
