import { attribute } from "../../../../graph/mod.ts";
import { countElements, viewTensor } from "../../../../tensor/mod.ts";
import type { LayerContext, LowerLayer } from "../layer_context.ts";

/** Layers that multiply with a matrix. */
export const MATRIX_LAYERS: Readonly<Record<string, LowerLayer>> = {
  InnerProduct: lowerInnerProduct,
};

/** Axes from `axis` on are one; weights are `[outputs, inputs]`, transposed `[inputs, outputs]`. */
function lowerInnerProduct(layer: LayerContext): readonly string[] {
  const settings = layer.settings("inner_product_param");
  const shape = layer.shape(layer.input);
  const axis = layer.axis(settings.defaultedNumber("axis"), shape.length);
  const outputs = settings.number("num_output") ?? 0;
  if (outputs < 1) throw layer.error('its "num_output" is missing, expected a positive integer');
  const inputs = countElements(shape.slice(axis));
  const transposed = settings.boolean("transpose") === true;
  const stored = layer.weights.tensor(
    0,
    "weight",
    transposed ? [inputs, outputs] : [outputs, inputs],
  );
  const weight = transposed ? viewTensor(stored, { kind: "permute", order: [1, 0] }) : stored;
  const flat = shape.length === 2 && axis === 1 ? layer.input : layer.emit("flat", "Flatten", {
    inputs: [layer.input],
    attributes: { axis: attribute.int(axis) },
  });
  const operands = [flat, layer.tensor(weight)];
  if (settings.boolean("bias_term")) {
    operands.push(layer.tensor(layer.weights.tensor(1, "bias", [outputs])));
  }
  const attributes = { transB: attribute.int(1) };
  if (axis === 1) return layer.output("Gemm", operands, attributes);
  const product = layer.emit("product", "Gemm", { inputs: operands, attributes: attributes });
  const result = layer.integers("shape", [...shape.slice(0, axis), outputs]);
  return layer.output("Reshape", [product, result]);
}
