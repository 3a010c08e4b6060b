import { UnsupportedError } from "../../../errors.ts";
import type { Attribute, Model, Node } from "../../../graph/mod.ts";
import {
  referenceDense,
  type TensorEncoding,
  type TensorReference,
  viewTensor,
} from "../../../tensor/mod.ts";
import { limitsOnGrid } from "./limits_on_grid.ts";
import { omitDilations } from "./omit_dilations.ts";
import { quantizedType, scales, zeroPoints } from "./quantized_type.ts";

/** Nodes and constants of a model whose encodings have become QuantizeLinear and DequantizeLinear. */
export interface QuantizedGraph {
  /** In topological order. */
  readonly nodes: readonly Node[];
  /** Constants by name, quantized ones as integers. */
  readonly initializers: ReadonlyMap<string, TensorReference>;
}

/**
 * Spells the encodings of a model out. A weight becomes integers with a DequantizeLinear that has the
 * weight's name; one that stays float gets a QuantizeLinear before it, one of 32 bits is the float32
 * of its codes. A value is quantized and dequantized where it is made: its readers take the
 * dequantized one, and network inputs and outputs keep their names.
 *
 * @throws {UnsupportedError} If ONNX has no integer type for an encoding.
 */
export function insertQuantizeNodes(model: Model): QuantizedGraph {
  return new QuantizeNodeInserter(model).insert();
}

class QuantizeNodeInserter {
  readonly #model: Model;
  readonly #names: Set<string>;
  readonly #outputs: ReadonlySet<string>;
  readonly #nodes: Node[] = [];
  readonly #initializers = new Map<string, TensorReference>();
  /** Limits that a Clip took before. */
  readonly #replaced = new Set<string>();
  /** What readers of a value take instead. */
  readonly #dequantized = new Map<string, string>();

  constructor(model: Model) {
    this.#model = model;
    this.#names = new Set([...model.values.keys(), ...model.initializers.keys()]);
    this.#outputs = new Set(model.outputs.map(({ name }) => name));
  }

  insert(): QuantizedGraph {
    const { initializers, encodings, inputs, nodes } = this.#model;
    for (const [name, reference] of initializers) {
      const encoding = encodings.parameters.get(name);
      if (encoding === undefined) this.#initializers.set(name, reference);
      else this.#addQuantizedConstant(name, reference, encoding);
    }
    for (const { name } of inputs) {
      const encoding = encodings.activations.get(name);
      if (encoding !== undefined) this.#readDequantized(name, encoding);
    }
    for (const node of nodes) this.#addNode(node);
    for (const name of this.#replaced.difference(namesTaken(this.#nodes, this.#outputs))) {
      this.#initializers.delete(name);
    }
    return { nodes: this.#nodes, initializers: this.#initializers };
  }

  #addQuantizedConstant(name: string, reference: TensorReference, encoding: TensorEncoding): void {
    if (encoding.encodings[0]?.bitwidth === 32) {
      // ONNX Runtime takes the step of 32-bit biases to be that of input times weight, whatever it is.
      this.#initializers.set(name, reference);
      return;
    }
    const isFloat = this.#model.encodings.floatParameters?.has(name);
    const stored = this.#unique(`${name}_quantized`);
    if (isFloat) {
      // Engines would choose a grid for weights that have none.
      const float = this.#unique(`${name}_float`);
      const inputs = [float, ...this.#grid(name, encoding)];
      this.#initializers.set(float, { ...reference, name: float });
      this.#addNodeOf("QuantizeLinear", inputs, stored, encoding);
    } else {
      const dtype = quantizedType(name, encoding);
      const integers = viewTensor(reference, { kind: "quantize", encoding, dtype });
      this.#initializers.set(stored, { ...integers, name: stored });
    }
    this.#addNodeOf("DequantizeLinear", [stored, ...this.#grid(name, encoding)], name, encoding);
  }

  #addNode(node: Node): void {
    const inputs = node.inputs.map((name) => this.#dequantized.get(name) ?? name);
    const renamed = new Map<string, string>();
    const { activations } = this.#model.encodings;
    const encoded = node.outputs.filter((name) => activations.has(name));
    for (const name of encoded) {
      if (this.#outputs.has(name)) renamed.set(name, this.#unique(`${name}_float`));
    }
    const outputs = node.outputs.map((name) => renamed.get(name) ?? name);
    this.#nodes.push(omitDilations({ ...node, inputs: this.#limited(node, inputs), outputs }));
    for (const name of encoded) {
      const encoding = activations.get(name);
      const from = renamed.get(name);
      if (encoding === undefined) continue;
      if (from === undefined) this.#readDequantized(name, encoding);
      else this.#addPair(name, encoding, { from, to: name });
    }
  }

  /** Moves the limits of a Clip to the ends of its output's grid, where that changes no code. */
  #limited(node: Node, inputs: readonly string[]): readonly string[] {
    const encoding = this.#model.encodings.activations.get(node.outputs[0] ?? "");
    const limits = encoding && limitsOnGrid(this.#model, node, encoding);
    if (limits === undefined) return inputs;
    for (const name of inputs.slice(1)) this.#replaced.add(name);
    return [...inputs.slice(0, 1), ...this.#limits(node.name, limits)];
  }

  #readDequantized(name: string, encoding: TensorEncoding): void {
    const to = this.#unique(`${name}_dequantized`);
    this.#addPair(name, encoding, { from: name, to });
    this.#dequantized.set(name, to);
  }

  #addPair(
    name: string,
    encoding: TensorEncoding,
    { from, to }: { readonly from: string; readonly to: string },
  ): void {
    checkValue(this.#model, name, encoding);
    const grid = this.#grid(name, encoding);
    const integers = this.#unique(`${name}_quantized`);
    this.#addNodeOf("QuantizeLinear", [this.#clipped(from, encoding), ...grid], integers, encoding);
    this.#addNodeOf("DequantizeLinear", [integers, ...grid], to, encoding);
  }

  /** A strict symmetric grid does not use the last code, which QuantizeLinear would. */
  #clipped(name: string, { encodings }: TensorEncoding): string {
    const [encoding] = encodings;
    if (encoding === undefined || encodings.length > 1) return name;
    const steps = Math.round((encoding.max - encoding.min) / encoding.scale);
    if (steps >= 2 ** encoding.bitwidth - 1) return name;
    const limits = this.#limits(name, [encoding.min, encoding.max]);
    const clipped = this.#unique(`${name}_clipped`);
    this.#nodes.push({
      name: clipped,
      operator: "Clip",
      inputs: [name, ...limits],
      outputs: [clipped],
      attributes: {},
    });
    return clipped;
  }

  /** Adds the limits of a Clip. */
  #limits(name: string, limits: readonly [number, number]): string[] {
    return limits.map((value, index) => {
      const limit = this.#unique(`${name}_${index === 0 ? "min" : "max"}`);
      const data = Float32Array.of(value);
      this.#initializers.set(limit, referenceDense(limit, { dtype: "float32", shape: [], data }));
      return limit;
    });
  }

  /** Adds scale and zero point. */
  #grid(name: string, encoding: TensorEncoding): string[] {
    const dtype = quantizedType(name, encoding);
    const scale = this.#unique(`${name}_scale`);
    this.#initializers.set(scale, referenceDense(scale, scales(encoding)));
    const zero = this.#unique(`${name}_zero_point`);
    this.#initializers.set(zero, referenceDense(zero, zeroPoints(encoding, dtype)));
    return [scale, zero];
  }

  #addNodeOf(
    operator: "QuantizeLinear" | "DequantizeLinear",
    inputs: readonly string[],
    output: string,
    { axis }: TensorEncoding,
  ): void {
    const attributes: Record<string, Attribute> = axis === undefined
      ? {}
      : { axis: { type: "int", value: axis } };
    const name = this.#unique(`${output}/${operator}`);
    this.#nodes.push({ name, operator, inputs, outputs: [output], attributes });
  }

  #unique(base: string): string {
    let name = base;
    for (let count = 1; this.#names.has(name); count++) name = `${base}_${count}`;
    this.#names.add(name);
    return name;
  }
}

/** Names that are read in a graph. */
function namesTaken(nodes: readonly Node[], outputs: ReadonlySet<string>): Set<string> {
  return new Set([...nodes.flatMap(({ inputs }) => inputs), ...outputs]);
}

function checkValue(model: Model, name: string, { encodings }: TensorEncoding): void {
  const dtype = model.values.get(name)?.dtype;
  const bitwidth = encodings[0]?.bitwidth;
  if (dtype === "float32" && bitwidth !== 32) return;
  throw new UnsupportedError(
    `Cannot write value "${name}" to ONNX: it is ${dtype} with an encoding of ${bitwidth} bits; ` +
      `supported are float32 values with 4, 8 and 16 bits`,
  );
}
