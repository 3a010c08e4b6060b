import { attribute } from "../../../../graph/mod.ts";
import type { CaffeMessage } from "../../read/caffe_message.ts";
import type { LayerContext, LowerLayer } from "../layer_context.ts";

/** Layers that bring several values together or take one apart. */
export const COMBINING_LAYERS: Readonly<Record<string, LowerLayer>> = {
  Axpy: lowerAxpy,
  Concat: lowerConcat,
  Eltwise: lowerEltwise,
  Slice: lowerSlice,
};

function lowerEltwise(layer: LayerContext): readonly string[] {
  const settings = layer.settings("eltwise_param");
  const operation = settings.string("operation");
  const coefficients = settings.numbers("coeff");
  checkOperands(layer);
  if (coefficients.length > 0 && coefficients.length !== layer.inputs.length) {
    throw layer.error(
      `it has ${coefficients.length} coefficients for ${layer.inputs.length} bottoms, expected one each`,
    );
  }
  if (operation === "MAX") return layer.output("Max", layer.inputs);
  if (operation === "PROD") {
    if (coefficients.length > 0) throw layer.error("it has coefficients, expected them for SUM");
    return foldPairs(layer, "Mul");
  }
  return lowerSum(layer, coefficients);
}

function checkOperands(layer: LayerContext): void {
  const first = layer.shape(layer.input);
  if (layer.inputs.length < 2) {
    throw layer.error(`it has ${layer.inputs.length} bottoms, expected at least 2`);
  }
  for (const input of layer.inputs) {
    const shape = layer.shape(input);
    if (shape.length !== first.length || shape.some((size, axis) => size !== first[axis])) {
      throw layer.error(`its bottoms are [${first}] and [${shape}], expected equal shapes`);
    }
  }
}

function lowerSum(layer: LayerContext, coefficients: readonly number[]): readonly string[] {
  const [one = 1, two = 1] = coefficients;
  if (layer.inputs.length === 2 && one === 1 && two === -1) {
    return layer.output("Sub", layer.inputs);
  }
  const terms = layer.inputs.map((input, index) => {
    const factor = coefficients[index] ?? 1;
    if (factor === 1) return input;
    return layer.emit(`term${index}`, "Mul", {
      inputs: [input, layer.float(`coeff${index}`, factor)],
    });
  });
  return layer.output(terms.length === 2 ? "Add" : "Sum", terms);
}

function foldPairs(layer: LayerContext, operator: string): readonly string[] {
  const last = layer.inputs.length - 1;
  let left = layer.input;
  for (let index = 1; index < last; index++) {
    left = layer.emit(`product${index}`, operator, { inputs: [left, layer.inputAt(index)] });
  }
  return layer.output(operator, [left, layer.inputAt(last)]);
}

/** `a * x + y`, with one factor a channel that the network computes. */
function lowerAxpy(layer: LayerContext): readonly string[] {
  const [scale, values, addend] = [layer.inputAt(0), layer.inputAt(1), layer.inputAt(2)];
  const shape = layer.shape(values);
  const target = layer.integers("spread", [
    ...shape.slice(0, 2),
    ...shape.slice(2).map(() => 1),
  ]);
  const spread = layer.emit("spread", "Reshape", { inputs: [scale, target] });
  const product = layer.emit("product", "Mul", { inputs: [spread, values] });
  return layer.output("Add", [product, addend]);
}

/** `axis`, or the name that it had before. */
function axisOf(layer: LayerContext, settings: CaffeMessage, old: string): number {
  if (settings.has("axis") && settings.has(old)) {
    throw layer.error(`it has both "axis" and "${old}", expected one of them`);
  }
  const axis = settings.has(old) ? settings.number(old) : settings.number("axis");
  return layer.axis(axis ?? 1, layer.shape(layer.input).length);
}

function lowerConcat(layer: LayerContext): readonly string[] {
  const axis = axisOf(layer, layer.settings("concat_param"), "concat_dim");
  return layer.output("Concat", layer.inputs, { axis: attribute.int(axis) });
}

/** Cuts at the given points, or into equal parts. */
function lowerSlice(layer: LayerContext): readonly string[] {
  const settings = layer.settings("slice_param");
  const axis = axisOf(layer, settings, "slice_dim");
  const size = layer.shape(layer.input)[axis] ?? 0;
  const parts = layer.layer.tops.length;
  const given = settings.numbers("slice_point");
  if (given.length > 0 && given.length !== parts - 1) {
    throw layer.error(`it has ${given.length} slice points, expected ${parts - 1} for its tops`);
  }
  if (given.length === 0 && size % parts !== 0) {
    throw layer.error(`it has ${parts} tops, expected a divisor of ${size}`);
  }
  const ends = given.length > 0
    ? [...given, size]
    : Array.from({ length: parts }, (_, part) => (part + 1) * size / parts);
  const sizes = ends.map((end, part) => end - (ends[part - 1] ?? 0));
  if (sizes.some((length) => length < 1)) {
    throw layer.error(
      `its slice points are [${given}], expected rising ones from 1 to ${size - 1}`,
    );
  }
  if (parts === 1) return layer.output("Identity", [layer.input]);
  return layer.outputAll("Split", [layer.input, layer.integers("split", sizes)], {
    axis: attribute.int(axis),
  });
}
