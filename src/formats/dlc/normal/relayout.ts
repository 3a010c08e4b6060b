import { FormatError, UnsupportedError } from "../../../errors.ts";
import { intsAttribute, type Node, type ValueInfo } from "../../../graph/mod.ts";
import { countElements, sameGrid, type TensorEncoding } from "../../../tensor/mod.ts";
import { permuteConstant, reshapeConstant } from "./constant.ts";
import { droppedAxes, layoutRule, moveAxes } from "./layout_rules.ts";
import {
  CONVENTIONS,
  type Form,
  type LayoutConvention,
  type RelayoutDirection,
} from "./layout_convention.ts";
import { attribute, type Constant, inputOf, type NormalGraph, valueOf } from "./normal_graph.ts";
import { UniqueNames } from "./unique_names.ts";

/** A graph in the other layout. */
export interface RelaidGraph extends NormalGraph {
  /** Values that hold an image in the new layout, with the axes of the old one reordered. */
  readonly images: ReadonlySet<string>;
}

/**
 * Turns a graph in normal form from the model's layout (NCHW, OIHW) into the stored one (NHWC, HWIO)
 * or back. Network inputs and outputs keep their shapes. Image operators get the new layout, others
 * work in the layout their operands have; a Transpose is added where a value is needed in both, and
 * a Transpose of the graph that only changes the layout vanishes.
 *
 * The two directions are one algorithm: what differs is the order of axes and the names of the
 * values it adds.
 */
export function relayout(graph: NormalGraph, direction: RelayoutDirection): RelaidGraph {
  return new Relayout(graph, direction).run();
}

/** The names a value of the old graph has in the new one, by the form it has there. */
interface Forms {
  same?: string;
  image?: string;
  /** The Transpose of the old graph that makes the value, if it was not needed so far. */
  transpose?: string;
}

class Relayout {
  readonly #graph: NormalGraph;
  readonly #convention: LayoutConvention;
  readonly #names: UniqueNames;
  readonly #nodeNames: UniqueNames;
  readonly #protected: Set<string>;
  readonly #forms = new Map<string, Forms>();
  readonly #nodes: Node[] = [];
  readonly #values = new Map<string, ValueInfo>();
  readonly #images = new Set<string>();
  readonly #constants = new Map<string, Constant>();
  readonly #constantNames = new Map<string, string>();
  readonly #activations = new Map<string, TensorEncoding>();

  constructor(graph: NormalGraph, direction: RelayoutDirection) {
    this.#graph = graph;
    this.#convention = CONVENTIONS[direction];
    this.#names = new UniqueNames([...graph.values.keys(), ...graph.constants.keys()]);
    this.#nodeNames = new UniqueNames(graph.nodes.map(({ name }) => name));
    this.#protected = new Set([...graph.inputs, ...graph.outputs]);
  }

  run(): RelaidGraph {
    const { inputs, outputs } = this.#graph;
    for (const name of inputs) this.#add(name, name, "same");
    for (const node of this.#graph.nodes) this.#visit(node);
    const renamed = new Map<string, string>();
    for (const name of outputs) this.#finish(name, renamed);
    return this.#rename(renamed);
  }

  #visit(node: Node): void {
    if (node.operator === "Transpose") return this.#transpose(node);
    const rule = layoutRule(node.operator);
    if (rule === undefined) throw unsupportedOperator(node);
    if (rule === "image") return this.#image(node);
    const form = rule === "plain" ? "same" : this.#chooseForm(node);
    const indexForm = node.operator === "Gather" ? "same" : form;
    const inputs = node.inputs.map((input, i) => this.#operand(input, i === 0 ? form : indexForm));
    const moved = rule === "axes" && form === "image"
      ? moveAxes(node, this.#convention.toImage)
      : node.attributes;
    this.#emit({ ...node, inputs, attributes: moved }, node, (output) => {
      return form === "image" && this.#rank(output) === 4 ? "image" : "same";
    });
  }

  #image(node: Node): void {
    const [data, ...parameters] = node.inputs;
    const form = this.#rank(data ?? "") === 4 ? "image" : "same";
    const order = this.#convention.weights[node.operator];
    const inputs = [
      this.#operand(inputOf(node, 0), form),
      ...parameters.map((name, i) =>
        i === 0 && order !== undefined ? this.#weights(node, name, order) : this.#plain(name)
      ),
    ];
    this.#emit({ ...node, inputs }, node, () => form);
  }

  #transpose(node: Node): void {
    const input = inputOf(node, 0);
    const output = node.outputs[0] ?? "";
    const order = intsAttribute(node, "perm") ?? [];
    const from = this.#formsOf(input);
    const { toImage, toSame } = this.#convention;
    const { activations } = this.#graph;
    // One buffer holds one grid only; a second one takes a step of its own.
    const isOneGrid = sameGrid(activations.get(input), activations.get(output));
    const requantize = (source: string, form: Form): void =>
      this.#emit(
        { ...node, operator: "Identity", inputs: [source], attributes: {} },
        node,
        () => form,
      );
    if (equal(order, toImage) && from.image !== undefined) {
      if (!isOneGrid) return requantize(from.image, "same");
      this.#forms.set(output, { same: from.image });
      return;
    }
    if (equal(order, toSame) && from.same !== undefined) {
      if (!isOneGrid) return requantize(from.same, "image");
      this.#forms.set(output, { image: from.same, transpose: node.name });
      this.#images.add(from.same);
      return;
    }
    const source = this.#operand(input, "same");
    this.#emit({ ...node, inputs: [source] }, node, () => "same");
    if (equal(order, toImage) && isOneGrid) from.image = this.#formsOf(output).same ?? output;
  }

  /** The form in which operands that allow both are used. */
  #chooseForm(node: Node): Form {
    const candidates = node.operator === "Gather" ? node.inputs.slice(0, 1) : node.inputs;
    const operands = candidates.filter((name) => this.#graph.values.has(name));
    if (operands.length === 0 || operands.some((name) => this.#rank(name) !== 4)) return "same";
    if (!node.inputs.every((name) => name === "" || this.#rank(name) <= 4)) return "same";
    if (node.operator === "Gather" && this.#rank(node.inputs[1] ?? "") !== 1) return "same";
    if (!operands.some((name) => this.#formsOf(name).image !== undefined)) return "same";
    const dropped = droppedAxes(node);
    if (dropped.length === 0) return "image";
    const kept = this.#convention.toImage.filter((axis) => !dropped.includes(axis));
    return kept.every((axis, i) => i === 0 || axis > (kept[i - 1] ?? -1)) ? "image" : "same";
  }

  #rank(name: string): number {
    return this.#graph.constants.get(name)?.data.shape.length ??
      this.#graph.values.get(name)?.shape.length ?? 0;
  }

  #formsOf(name: string): Forms {
    const forms = this.#forms.get(name);
    if (forms !== undefined) return forms;
    if (!this.#graph.constants.has(name)) {
      throw new FormatError(`Cannot convert value "${name}": it is used before it is made`);
    }
    const same = this.#plain(name);
    const made: Forms = { same };
    this.#forms.set(name, made);
    return made;
  }

  /** The name of an operand in a form; adds what is missing. */
  #operand(name: string, form: Form): string {
    if (name === "") return "";
    const constant = this.#graph.constants.get(name);
    if (constant !== undefined) {
      return form === "same" ? this.#plain(name) : this.#constantAsImage(constant);
    }
    const forms = this.#formsOf(name);
    const present = forms[form];
    if (present !== undefined) return present;
    const other = form === "same" ? forms.image : forms.same;
    if (other === undefined) throw new Error(`Cannot lay out value "${name}": it has no form`);
    const suffix = this.#convention.suffix[form];
    const own = form === "same" && !this.#values.has(name);
    const added = own ? name : this.#names.take(name + suffix);
    const nodeName = forms.transpose !== undefined && own
      ? forms.transpose
      : this.#nodeNames.take(name + suffix);
    const order = form === "same" ? this.#convention.toSame : this.#convention.toImage;
    this.#nodes.push({
      name: nodeName,
      operator: "Transpose",
      inputs: [other],
      outputs: [added],
      attributes: { perm: attribute.ints(order) },
    });
    this.#add(name, added, form);
    return added;
  }

  #constantAsImage(constant: Constant): string {
    return this.#constant(`${constant.name} image`, constant.name, () => {
      const { shape } = constant.data;
      if (countElements(shape) === 1) return reshapeConstant(constant, [1]);
      const full = reshapeConstant(constant, [...Array(4 - shape.length).fill(1), ...shape]);
      return permuteConstant(full, this.#convention.toImage);
    });
  }

  #weights(node: Node, name: string, order: readonly number[]): string {
    const constant = this.#graph.constants.get(name);
    if (constant === undefined) {
      throw new UnsupportedError(
        `Cannot convert node "${node.name}" (${node.operator}): its weights "${name}" are computed ` +
          "by the network; constant weights would work",
        { node: node.name, operator: node.operator },
      );
    }
    return this.#constant(
      `${name} ${node.operator}`,
      name,
      () => permuteConstant(constant, order),
    );
  }

  /** A constant as it is, or any value in its own form. */
  #plain(name: string): string {
    const constant = this.#graph.constants.get(name);
    return constant === undefined
      ? this.#operand(name, "same")
      : this.#constant(`${name} same`, name, () => constant);
  }

  #constant(key: string, name: string, make: () => Constant): string {
    const known = this.#constantNames.get(key);
    if (known !== undefined) return known;
    const own = this.#constants.has(name) ? this.#names.take(name) : name;
    this.#constants.set(own, { ...make(), name: own });
    this.#constantNames.set(key, own);
    return own;
  }

  #emit(node: Node, original: Node, formOf: (output: string) => Form): void {
    const outputs = original.outputs.map((output) => {
      if (output === "") return "";
      const form = formOf(output);
      const added = form === "image" && this.#protected.has(output)
        ? this.#names.take(output + this.#convention.suffix.image)
        : output;
      this.#add(output, added, form);
      return added;
    });
    this.#nodes.push({ ...node, outputs });
  }

  /** Records that the new value `added` holds the old value `name` in a form. */
  #add(name: string, added: string, form: Form): void {
    const { dtype, shape } = valueOf(this.#graph, name);
    const forms = this.#forms.get(name) ?? {};
    forms[form] = added;
    this.#forms.set(name, forms);
    const relaid = form === "same"
      ? shape
      : this.#convention.toImage.map((axis) => shape[axis] ?? 1);
    this.#values.set(added, { name: added, dtype, shape: relaid });
    if (form === "image") this.#images.add(added);
    const encoding = this.#graph.activations.get(name);
    if (encoding !== undefined) this.#activations.set(added, encoding);
  }

  /** Makes sure that a network output exists under its name. */
  #finish(name: string, renamed: Map<string, string>): void {
    const found = this.#operand(name, "same");
    if (found === name) return;
    if (!renamed.has(found) && !this.#protected.has(found) && this.#values.has(found)) {
      renamed.set(found, name);
      return;
    }
    this.#nodes.push({
      name: this.#nodeNames.take(name),
      operator: "Identity",
      inputs: [found],
      outputs: [name],
      attributes: {},
    });
    this.#add(name, name, "same");
  }

  #rename(renamed: ReadonlyMap<string, string>): RelaidGraph {
    const nameOf = (name: string) => renamed.get(name) ?? name;
    return {
      ...this.#graph,
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(nameOf),
        outputs: node.outputs.map(nameOf),
      })),
      values: new Map(
        Array.from(this.#values, ([name, value]) => {
          return [nameOf(name), { ...value, name: nameOf(name) }];
        }),
      ),
      constants: this.#constants,
      activations: new Map(
        Array.from(this.#activations, ([name, encoding]) => [nameOf(name), encoding]),
      ),
      images: new Set(Array.from(this.#images, nameOf)),
    };
  }
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function unsupportedOperator(node: Node): UnsupportedError {
  return new UnsupportedError(
    `Cannot convert node "${node.name}" (${node.operator}): a DLC has no such operator; ` +
      "a network that ends before it (--out-node) would work",
    { node: node.name, operator: node.operator },
  );
}
