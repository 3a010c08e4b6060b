import {
  countElements,
  referenceDense,
  type TensorEncoding,
  type TensorReference,
} from "../../tensor/mod.ts";
import { fromNumbers } from "../constants/constant_values.ts";
import type { Model, ModelEncodings, Node } from "../model.ts";
import { transposeOrder } from "../operators/shaping.ts";
import { composeOrders, isIdentityOrder, type Order } from "./permutation.ts";
import type { Transposed } from "./push_context.ts";
import { pushTransposes } from "./push_transposes.ts";
import { freeName, operatorCall, rewriteModel } from "./rewrite_model.ts";

/** Options of {@linkcode cancelTransposes}. */
export interface CancelTransposesOptions {
  /**
   * Names to keep where a value survives in one layout only and could have several names.
   *
   * @default {Set} the names that have encodings
   */
  readonly preferredNames?: ReadonlySet<string>;
}

function identityOrder(rank: number): Order {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** Moves Transposes toward the outputs, and writes them down only where somebody needs them. */
class TransposeSinker {
  readonly nodes: Node[] = [];
  readonly initializers: Map<string, TensorReference>;
  /** How each value of the model is a Transpose of a value that is still there. */
  readonly forms = new Map<string, Transposed>();
  /** Values of the model that a Transpose makes again. */
  readonly written = new Set<string>();
  readonly #model: Model;
  readonly #taken: Set<string>;

  constructor(model: Model) {
    this.#model = model;
    this.initializers = new Map(model.initializers);
    this.#taken = new Set([...model.values.keys(), ...model.initializers.keys()]);
  }

  /** A value as a Transpose; trivially of itself if nothing else is known. */
  form(name: string): Transposed {
    const rank = this.#model.values.get(name)?.shape.length ?? 0;
    return this.forms.get(name) ?? { source: name, order: identityOrder(rank) };
  }

  /** The name under which a value can be read in its own layout. */
  write(name: string): string {
    const { source, order } = this.form(name);
    if (isIdentityOrder(order)) return source;
    if (!this.written.has(name)) {
      this.written.add(name);
      this.#transpose(source, { order, output: name });
    }
    return name;
  }

  visit(node: Node): void {
    const call = operatorCall(this.#model, node);
    if (node.operator === "Transpose") {
      const { source, order } = this.form(node.inputs[0] ?? "");
      const composed = composeOrders(order, transposeOrder(call));
      this.forms.set(node.outputs[0] ?? "", { source, order: composed });
      return;
    }
    const forms = node.inputs.map((name) =>
      this.#model.values.has(name) ? this.form(name) : undefined
    );
    if (!forms.some((form) => form !== undefined && !isIdentityOrder(form.order))) {
      const inputs = node.inputs.map((name, index) => forms[index]?.source ?? name);
      this.nodes.push({ ...node, inputs });
      return;
    }
    const begin = this.nodes.length;
    const outputShapes = node.outputs.map((name) => this.#model.values.get(name)?.shape ?? []);
    const pushed = pushTransposes({
      call,
      forms,
      outputShapes,
      constant: (index) => this.initializers.get(node.inputs[index] ?? ""),
      transpose: (source, order) =>
        this.#transpose(source, { order, output: this.#free(`${source}/transposed`) }),
      addConstant: (wish, reference) => this.#addConstant(wish, reference),
      addIntegers: (wish, integers) => this.#addIntegers(wish, integers),
    });
    if (pushed === undefined) {
      this.nodes.length = begin;
      const inputs = node.inputs.map((name, index) =>
        forms[index] === undefined ? name : this.write(name)
      );
      this.nodes.push({ ...node, inputs });
      return;
    }
    const { order, ...changes } = pushed;
    if (isIdentityOrder(order)) {
      this.nodes.push({ ...node, ...changes });
      return;
    }
    const outputs = node.outputs.map((name) => {
      if (name === "") return "";
      const source = this.#free(`${name}/untransposed`);
      this.forms.set(name, { source, order });
      return source;
    });
    this.nodes.push({ ...node, ...changes, outputs });
  }

  #free(wish: string): string {
    const name = freeName(wish, this.#taken);
    this.#taken.add(name);
    return name;
  }

  #transpose(
    source: string,
    { order, output }: { readonly order: Order; readonly output: string },
  ): string {
    const name = this.#free(`${output}/transpose`);
    this.nodes.push({
      name,
      operator: "Transpose",
      inputs: [source],
      outputs: [output],
      attributes: { perm: { type: "ints", value: order } },
    });
    return output;
  }

  #addConstant(wish: string, reference: TensorReference): string {
    const name = this.#free(wish);
    this.initializers.set(name, { ...reference, name });
    return name;
  }

  #addIntegers(wish: string, integers: readonly number[]): string {
    const dense = fromNumbers(integers, { dtype: "int64", shape: [integers.length] });
    if (dense === undefined) throw new RangeError(`Cannot hold integers of "${wish}": too large`);
    return this.#addConstant(wish, referenceDense(wish, dense));
  }
}

/** A value of the model that is a source seen in `order`. */
interface Alias {
  readonly name: string;
  readonly order: Order;
}

/** Chooses one name for each value that is left, and renames nodes and encodings to it. */
class SourceNamer {
  readonly #names = new Map<string, string>();
  readonly #aliases = new Map<string, Alias[]>();

  constructor(
    sinker: TransposeSinker,
    { model, preferred }: { readonly model: Model; readonly preferred: ReadonlySet<string> },
  ) {
    const outputs = new Set(model.outputs.map(({ name }) => name));
    const inputs = new Set(model.inputs.map(({ name }) => name));
    for (const [name, { source, order }] of sinker.forms) {
      if (sinker.written.has(name)) continue;
      const aliases = this.#aliases.get(source) ?? [];
      aliases.push({ name, order });
      this.#aliases.set(source, aliases);
    }
    for (const [source, aliases] of this.#aliases) {
      if (inputs.has(source) || outputs.has(source)) continue;
      const own = model.values.has(source) ? [source] : [];
      const names = [...own, ...aliases.map(({ name }) => name)];
      const chosen = names.find((name) => outputs.has(name)) ??
        names.find((name) => preferred.has(name)) ?? names[0];
      if (chosen !== undefined) this.#names.set(source, chosen);
    }
  }

  nameOf(source: string): string {
    return this.#names.get(source) ?? source;
  }

  rename(node: Node): Node {
    return {
      ...node,
      inputs: node.inputs.map((name) => this.nameOf(name)),
      outputs: node.outputs.map((name) => this.nameOf(name)),
    };
  }

  /** Encodings under the names that are left; axes are those of the source. */
  encodings(encodings: ModelEncodings): ModelEncodings {
    const { activations } = encodings;
    const moved = new Map(activations);
    for (const [source, aliases] of this.#aliases) {
      const name = this.nameOf(source);
      const all: Alias[] = [{ name: source, order: [] }, ...aliases];
      const found = all.toSorted((a, b) => Number(b.name === name) - Number(a.name === name))
        .find((alias) => activations.has(alias.name));
      const encoding = found && activations.get(found.name);
      if (found !== undefined && encoding !== undefined) {
        moved.set(name, inSourceLayout(encoding, found.order));
      }
    }
    return { ...encodings, activations: moved };
  }
}

function inSourceLayout(encoding: TensorEncoding, order: Order): TensorEncoding {
  if (encoding.axis === undefined) return encoding;
  return { ...encoding, axis: order[encoding.axis] ?? encoding.axis };
}

/** How many Transposes there are, and how many elements they move. */
function transposeCost(model: Model): readonly [number, number] {
  const transposes = model.nodes.filter((node) => node.operator === "Transpose");
  const moved = transposes.map(({ outputs }) =>
    countElements(model.values.get(outputs[0] ?? "")?.shape ?? [])
  );
  return [transposes.length, moved.reduce((sum, elements) => sum + elements, 0)];
}

/**
 * Moves Transposes behind element-wise operators, Concat, Pad, reductions, Softmax and others until
 * inverse ones meet and vanish: a graph whose layers each stand between NHWC-to-NCHW Transposes
 * becomes an NCHW graph. Network inputs and outputs keep name and layout.
 *
 * @param model The model; not changed.
 * @param options Which names to keep.
 * @returns The model with fewer Transposes, or `model` itself if there are none to save.
 */
export function cancelTransposes(model: Model, options: CancelTransposesOptions = {}): Model {
  const before = transposeCost(model);
  if (before[0] === 0) return model;
  const sinker = new TransposeSinker(model);
  for (const node of model.nodes) sinker.visit(node);
  const passes: Node[] = [];
  const preferred = options.preferredNames ??
    new Set([
      ...model.encodings.activations.keys(),
      ...model.overrides.activations.keys(),
      ...model.overrides.types?.activations.keys() ?? [],
    ]);
  for (const { name } of model.outputs) sinker.write(name);
  const namer = new SourceNamer(sinker, { model, preferred });
  for (const { name } of model.outputs) {
    const { source, order } = sinker.form(name);
    const read = namer.nameOf(source);
    if (read === name || !isIdentityOrder(order)) continue;
    passes.push({
      name: freeName(`${name}/pass`, model.values),
      operator: "Identity",
      inputs: [read],
      outputs: [name],
      attributes: {},
    });
  }
  const after = rewriteModel(model, {
    nodes: [...sinker.nodes.map((node) => namer.rename(node)), ...passes],
    initializers: sinker.initializers,
    encodings: namer.encodings(model.encodings),
    overrides: namer.encodings(model.overrides),
  });
  const cost = transposeCost(after);
  return cost[0] < before[0] || (cost[0] === before[0] && cost[1] < before[1]) ? after : model;
}
