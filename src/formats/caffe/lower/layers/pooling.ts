import { attribute } from "../../../../graph/mod.ts";
import type { LayerContext, LowerLayer } from "../layer_context.ts";
import type { CaffeMessage } from "../../read/caffe_message.ts";
import { windowSetting } from "./window.ts";

/** Layers that pool. */
export const POOLING_LAYERS: Readonly<Record<string, LowerLayer>> = { Pooling: lowerPooling };

/** How a pool moves along one axis. */
export interface PoolAxis {
  /** Extent of the input. */
  readonly input: number;
  /** Extent of the kernel. */
  readonly kernel: number;
  /** Step. */
  readonly stride: number;
  /** Padding on both sides. */
  readonly pad: number;
}

/** A pool over one axis as Caffe does it. */
export interface PoolExtent {
  /** Extent of the output. */
  readonly output: number;
  /** Padding at the end that lets the last window in: larger than `pad` if it hangs over. */
  readonly end: number;
  /** Whether the last window hangs over the padded input. */
  readonly overhangs: boolean;
}

/**
 * How many windows a pool has along an axis, and how far the last one reaches. Caffe rounds up and,
 * if any axis is padded, drops a last window that would begin behind the input and its padding
 * (`PoolingLayer::Reshape`).
 *
 * @param axis The window along the axis.
 * @param options Rounding, and whether any axis of the layer is padded.
 */
export function poolExtent(
  { input, kernel, stride, pad }: PoolAxis,
  { roundUp, clips }: { readonly roundUp: boolean; readonly clips: boolean },
): PoolExtent {
  const room = (input + 2 * pad - kernel) / stride;
  let output = (roundUp ? Math.ceil(room) : Math.floor(room)) + 1;
  if (clips && (output - 1) * stride >= input + pad) output--;
  const reach = (output - 1) * stride + kernel;
  const overhangs = reach > input + 2 * pad;
  // Padding that does not complete a step changes nothing; equal sides are simpler to say.
  const fits = Math.floor(room) + 1 === output;
  return { output, end: overhangs || !fits ? Math.max(0, reach - input - pad) : pad, overhangs };
}

function lowerPooling(layer: LayerContext): readonly string[] {
  const settings = layer.settings("pooling_param");
  const method = settings.string("pool");
  if (method === "STOCHASTIC") {
    throw layer.unsupported("it pools at random; MAX or AVE would work");
  }
  if (layer.layer.tops.length > 1) {
    throw layer.unsupported("it has a second top with positions; one top would work");
  }
  const isMax = method === "MAX";
  const shape = layer.shape(layer.input);
  if (shape.length !== 4) throw layer.error(`its input is [${shape}], expected 4 axes`);
  const spatial = shape.slice(2);
  if (settings.boolean("global_pooling")) {
    checkGlobal(layer, settings);
    return layer.output(isMax ? "GlobalMaxPool" : "GlobalAveragePool", [layer.input]);
  }
  const kernel = windowSetting(layer, settings, {
    list: "kernel_size",
    pair: ["kernel_h", "kernel_w"],
    axes: 2,
    least: 1,
  });
  const strides = strideOf(layer, settings);
  const pads = windowSetting(layer, settings, {
    list: "pad",
    pair: ["pad_h", "pad_w"],
    axes: 2,
    fallback: 0,
    least: 0,
  });
  const roundUp = settings.string("round_mode") !== "FLOOR" &&
    settings.boolean("ceil_mode") !== false;
  const clips = pads.some((pad) => pad > 0);
  const extents = spatial.map((input, axis) => {
    const window = {
      input,
      kernel: kernel[axis] ?? 1,
      stride: strides[axis] ?? 1,
      pad: pads[axis] ?? 0,
    };
    return checkedExtent(layer, window, poolExtent(window, { roundUp, clips }));
  });
  const ends = extents.map(({ end }) => end);
  const attributes = {
    kernel_shape: attribute.ints(kernel),
    strides: attribute.ints(strides),
    pads: attribute.ints([...pads, ...ends]),
  };
  if (isMax) return layer.output("MaxPool", [layer.input], attributes);
  const overhangs = extents.some((extent) => extent.overhangs);
  if (!clips || !overhangs) {
    const counts = attribute.int(clips ? 1 : 0);
    return layer.output("AveragePool", [layer.input], { ...attributes, count_include_pad: counts });
  }
  // Caffe counts the padding, but not what hangs over it: two kinds of padding, so two nodes.
  const amounts = layer.integers("pads", [0, 0, ...pads, 0, 0, ...pads]);
  const padded = layer.emit("padded", "Pad", { inputs: [layer.input, amounts] });
  const rest = ends.map((end, axis) => Math.max(0, end - (pads[axis] ?? 0)));
  return layer.output("AveragePool", [padded], {
    ...attributes,
    pads: attribute.ints([0, 0, ...rest]),
    count_include_pad: attribute.int(0),
  });
}

function strideOf(layer: LayerContext, settings: CaffeMessage): readonly number[] {
  return windowSetting(layer, settings, {
    list: "stride",
    pair: ["stride_h", "stride_w"],
    axes: 2,
    fallback: 1,
    least: 1,
  });
}

function checkGlobal(layer: LayerContext, settings: CaffeMessage): void {
  const given = ["kernel_size", "kernel_h", "kernel_w"].find((name) => settings.has(name));
  if (given !== undefined) {
    throw layer.error(`it has "${given}" beside "global_pooling", expected one of them`);
  }
  const padded = ["pad", "pad_h", "pad_w"].find((name) => (settings.number(name) ?? 0) > 0);
  const strided = ["stride", "stride_h", "stride_w"].find((name) =>
    (settings.number(name) ?? 1) !== 1
  );
  const wrong = padded ?? strided;
  if (wrong !== undefined) {
    throw layer.error(`it has "${wrong}" beside "global_pooling", expected no padding, stride 1`);
  }
}

function checkedExtent(
  layer: LayerContext,
  { input, kernel, stride, pad }: PoolAxis,
  extent: PoolExtent,
): PoolExtent {
  if (pad >= kernel) throw layer.error(`its padding is ${pad}, expected less than ${kernel}`);
  if (extent.output < 1) {
    throw layer.error(`its kernel is ${kernel} over ${input} padded by ${pad} on each side`);
  }
  if ((extent.output - 1) * stride - pad < input) return extent;
  throw layer.unsupported(
    `its last window lies outside of its input of ${input}; a kernel of at least the stride would work`,
  );
}
