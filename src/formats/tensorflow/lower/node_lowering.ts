import type { Attribute, TensorType } from "../../../graph/mod.ts";
import { countElements, createTensorData, type DataType } from "../../../tensor/mod.ts";
import { MAX_RANK } from "../proto/limits.ts";
import type { AttrValue } from "../proto/read_attr_value.ts";
import type { TensorflowNode } from "../proto/read_node_def.ts";
import { dataTypeOf } from "../proto/tensorflow_data_type.ts";
import { badNode, type NamedNode, unsupportedNode } from "../unsupported_node.ts";
import { ints } from "./attributes.ts";
import type { ModelAssembly } from "./model_assembly.ts";

type Attributes = Readonly<Record<string, Attribute>>;
type AttrOf<K extends AttrValue["kind"]> = Extract<AttrValue, { readonly kind: K }>;

/** Operators that change the layout of a weight. */
const MOVING = new Set(["Reshape", "Transpose"]);

/** What lowering a node starts from. */
export interface NodeLoweringParts {
  /** The node as the file has it. */
  readonly node: TensorflowNode;
  /** Its name with those of the calls around it. */
  readonly name: string;
  /** Values for attributes that the function around it leaves open. */
  readonly placeholders: ReadonlyMap<string, AttrValue>;
  /** The tensors it reads. */
  readonly inputs: readonly string[];
}

/** Turns one TensorFlow node into ONNX nodes; what an operator's rule may ask and do. */
export class NodeLowering implements NamedNode {
  /** The name with those of the calls around it. */
  readonly name: string;
  /** The TensorFlow operator. */
  readonly operator: string;
  /** Values of the model that the node reads. */
  readonly inputs: readonly string[];
  /** The model so far. */
  readonly model: ModelAssembly;
  readonly #attributes: ReadonlyMap<string, AttrValue>;
  readonly #placeholders: ReadonlyMap<string, AttrValue>;

  /** Adds nothing yet. */
  constructor(model: ModelAssembly, { node, name, inputs, placeholders }: NodeLoweringParts) {
    this.model = model;
    this.name = name;
    this.operator = node.operator;
    this.inputs = inputs;
    this.#attributes = node.attributes;
    this.#placeholders = placeholders;
  }

  /** Input `index`. */
  input(index: number): string {
    const name = this.inputs[index];
    if (name !== undefined) return name;
    throw badNode(this, `it has ${this.inputs.length} inputs, expected ${index + 1} or more`);
  }

  /** Type and shape of a value, by default of input 0. */
  type(name: string = this.input(0)): TensorType {
    return this.model.type(name);
  }

  /** Dimensions of input `index`. */
  shape(index: number): readonly number[] {
    return this.type(this.input(index)).shape;
  }

  /** An integer attribute. */
  int(name: string, fallback: number): number {
    return this.#attribute(name, "int")?.value ?? fallback;
  }

  /** A float attribute. */
  float(name: string, fallback: number): number {
    return this.#attribute(name, "float")?.value ?? fallback;
  }

  /** A bool attribute. */
  bool(name: string, fallback: boolean): boolean {
    return this.#attribute(name, "bool")?.value ?? fallback;
  }

  /** A string attribute. */
  text(name: string, fallback: string): string {
    return this.#attribute(name, "text")?.value ?? fallback;
  }

  /** A list of integers. */
  ints(name: string): readonly number[] | undefined {
    return this.#attribute(name, "list")?.value.ints;
  }

  /** An element type. */
  dataType(name: string, fallback: DataType): DataType {
    const code = this.#attribute(name, "type")?.value;
    return code === undefined ? fallback : dataTypeOf(code, `node "${this.name}"`);
  }

  /** The numbers of a constant input. */
  async numbers(index: number, what: string): Promise<number[]> {
    const name = this.input(index);
    const dense = await this.model.constant(name);
    if (dense !== undefined) return Array.from(dense.data, Number);
    throw unsupportedNode(
      this,
      this.model.isConstant(name)
        ? `${what} (input ${index}) has ${countElements(this.shape(index))} elements; supported ` +
          `are small constants`
        : `${what} (input ${index}, "${name}") depends on data; supported are constants`,
    );
  }

  /** The single number of a constant input. */
  async number(index: number, what: string): Promise<number> {
    const numbers = await this.numbers(index, what);
    const [value] = numbers;
    if (value !== undefined && numbers.length === 1) return value;
    throw badNode(this, `${what} (input ${index}) has ${numbers.length} elements, expected one`);
  }

  /** An axis between `-rank` and `rank`, counted from the front. */
  axis(axis: number, rank: number): number {
    if (Number.isInteger(axis) && axis >= -rank && axis < rank) {
      return axis < 0 ? axis + rank : axis;
    }
    throw badNode(this, `its axis is ${axis}, expected one of the ${rank} axes of its input`);
  }

  /** Adds a constant vector of int64. */
  addIntegers(what: string, values: readonly number[]): string {
    // Settings that should be integers come from constants of any type.
    if (!values.every(Number.isInteger)) {
      throw badNode(this, `its ${what} is [${values}], expected integers`);
    }
    const data = BigInt64Array.from(values, BigInt);
    return this.model.addDense(`${this.name}:${what}`, {
      dtype: "int64",
      shape: [values.length],
      data,
    });
  }

  /** Adds a constant scalar of some type. */
  addScalar(what: string, value: number, dtype: DataType = this.type().dtype): string {
    const data = createTensorData(dtype, 1);
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[0] = BigInt(value);
    else if (dtype === "float16") data[0] = halfBits(value);
    else if (dtype === "bfloat16") {
      throw unsupportedNode(this, "its type is bfloat16; supported is float32");
    } else data[0] = value;
    return this.model.addDense(`${this.name}:${what}`, { dtype, shape: [], data });
  }

  /** Adds a node on the way to the result and returns its output. */
  async emit(
    operator: string,
    inputs: readonly string[],
    attributes: Attributes = {},
  ): Promise<string> {
    const output = this.model.takeName(`${this.name}:${operator}`);
    await this.model.addNode({ name: output, operator, inputs, outputs: [output], attributes });
    const [source = ""] = inputs;
    if (MOVING.has(operator) && this.model.isConstant(output)) {
      this.model.origins.set(output, this.model.origins.get(source) ?? source);
    }
    return output;
  }

  /** Adds the node that makes the result, under the name of the TensorFlow node. */
  async finish(
    operator: string,
    inputs: readonly string[],
    attributes: Attributes = {},
  ): Promise<string> {
    const [output = ""] = await this.finishAll(1, { operator, inputs, attributes });
    return output;
  }

  /** Adds the node that makes all `count` results. */
  async finishAll(
    count: number,
    { operator, inputs, attributes = {} }: {
      readonly operator: string;
      readonly inputs: readonly string[];
      readonly attributes?: Attributes;
    },
  ): Promise<readonly string[]> {
    const outputs = Array.from({ length: count }, (_, index) => this.resultName(index));
    await this.model.addNode({ name: this.name, operator, inputs, outputs, attributes });
    return outputs;
  }

  /** Takes the name of a result. */
  resultName(index = 0): string {
    return this.model.takeName(index === 0 ? this.name : `${this.name}:${index}`);
  }

  /** A Transpose on the way to the result. */
  async transpose(name: string, order: readonly number[]): Promise<string> {
    return await this.emit("Transpose", [name], { perm: ints(order) });
  }

  /** A Reshape on the way to the result. */
  async reshape(name: string, shape: readonly number[]): Promise<string> {
    return await this.emit("Reshape", [name, this.addIntegers("shape", shape)]);
  }

  /** A Reshape that makes the result. */
  async finishReshape(name: string, shape: readonly number[]): Promise<string> {
    if (shape.length > MAX_RANK) {
      throw badNode(this, `its result has ${shape.length} dimensions, expected up to ${MAX_RANK}`);
    }
    const allowZero: Attributes = shape.includes(0) ? { allowzero: { type: "int", value: 1 } } : {};
    return await this.finish("Reshape", [name, this.addIntegers("shape", shape)], allowZero);
  }

  #attribute<K extends AttrValue["kind"]>(name: string, kind: K): AttrOf<K> | undefined {
    let value = this.#attributes.get(name);
    if (value?.kind === "placeholder") value = this.#placeholders.get(value.value);
    if (value === undefined) return undefined;
    if (isOfKind(value, kind)) return value;
    throw badNode(this, `attribute "${name}" holds a ${value.kind}, expected a ${kind}`);
  }
}

function isOfKind<K extends AttrValue["kind"]>(
  value: AttrValue,
  kind: K,
): value is AttrOf<K> {
  return value.kind === kind;
}

function halfBits(value: number): number {
  const view = new DataView(new ArrayBuffer(2));
  view.setFloat16(0, value);
  return view.getUint16(0);
}
