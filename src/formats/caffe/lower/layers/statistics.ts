import { attribute } from "../../../../graph/mod.ts";
import type { LayerContext, LowerLayer } from "../layer_context.ts";

/** Layers that look at all elements along some axes. */
export const STATISTICS_LAYERS: Readonly<Record<string, LowerLayer>> = {
  ArgMax: lowerArgMax,
  Reduction: lowerReduction,
  Softmax: lowerSoftmax,
};

/** Element type float32 in ONNX's numbers. */
const FLOAT32 = 1;

function lowerSoftmax(layer: LayerContext): readonly string[] {
  const settings = layer.settings("softmax_param");
  const axis = layer.axis(settings.defaultedNumber("axis"), layer.shape(layer.input).length);
  return layer.output("Softmax", [layer.input], { axis: attribute.int(axis) });
}

/**
 * With an axis, positions or values along that; without, positions over all of an image, then the
 * values as a second row. Of equal elements Caffe names the last, ONNX and DLC the first.
 */
function lowerArgMax(layer: LayerContext): readonly string[] {
  const settings = layer.settings("argmax_param");
  const shape = layer.shape(layer.input);
  const [batch = 1] = shape;
  const count = settings.defaultedNumber("top_k");
  const wantsValues = settings.boolean("out_max_val") === true;
  const given = settings.number("axis");
  const axis = given === undefined ? 1 : layer.axis(given, shape.length);
  const data = given !== undefined ? layer.input : layer.emit("flat", "Flatten", {
    inputs: [layer.input],
    attributes: { axis: attribute.int(1) },
  });
  const size = layer.shape(data)[axis] ?? 0;
  if (count < 1 || count > size) {
    throw layer.error(`its top_k is ${count}, expected 1 to ${size}`);
  }
  if (given !== undefined) {
    if (wantsValues) {
      const [values] = topElements(layer, data, { axis, count });
      return layer.output("Identity", [values]);
    }
    return layer.output("Cast", [positions(layer, data, { axis, count })], {
      to: attribute.int(FLOAT32),
    });
  }
  const rows = layer.integers("rows", [batch, 1, count]);
  const found = layer.emit("positions", "Cast", {
    inputs: [positions(layer, data, { axis, count })],
    attributes: {
      to: attribute.int(FLOAT32),
    },
  });
  if (!wantsValues) return layer.output("Reshape", [found, rows]);
  const [values] = topElements(layer, data, { axis, count });
  const both = [found, values].map((value, row) =>
    layer.emit(`row${row}`, "Reshape", { inputs: [value, rows] })
  );
  return layer.output("Concat", both, { axis: attribute.int(1) });
}

interface TopChoice {
  readonly axis: number;
  readonly count: number;
}

function positions(layer: LayerContext, data: string, { axis, count }: TopChoice): string {
  if (count > 1) return topElements(layer, data, { axis, count })[1];
  return layer.emit("argmax", "ArgMax", {
    inputs: [data],
    attributes: {
      axis: attribute.int(axis),
      keepdims: attribute.int(1),
    },
  });
}

function topElements(
  layer: LayerContext,
  data: string,
  { axis, count }: TopChoice,
): readonly [values: string, positions: string] {
  return layer.emitPair("top", "TopK", {
    inputs: [data, layer.integers("k", [count])],
    attributes: {
      axis: attribute.int(axis),
    },
  });
}

/** Over all axes from `axis` on, times `coeff`. */
function lowerReduction(layer: LayerContext): readonly string[] {
  const settings = layer.settings("reduction_param");
  const operation = settings.string("operation");
  const shape = layer.shape(layer.input);
  const axis = layer.axis(settings.defaultedNumber("axis"), shape.length);
  const coefficient = settings.defaultedNumber("coeff");
  const axes = layer.integers("axes", shape.map((_, at) => at).slice(axis));
  const terms = operation === "ASUM"
    ? layer.emit("absolute", "Abs", { inputs: [layer.input] })
    : operation === "SUMSQ"
    ? layer.emit("square", "Mul", { inputs: [layer.input, layer.input] })
    : layer.input;
  const operator = operation === "MEAN" ? "ReduceMean" : "ReduceSum";
  const attributes = { keepdims: attribute.int(0) };
  if (coefficient === 1) return layer.output(operator, [terms, axes], attributes);
  const reduced = layer.emit("reduced", operator, {
    inputs: [terms, axes],
    attributes: attributes,
  });
  return layer.output("Mul", [reduced, layer.float("coeff", coefficient)]);
}
