import {
  countMacs,
  type Model,
  NO_ENCODINGS,
  type Node,
  type TypeOverride,
  type ValueInfo,
} from "../graph/mod.ts";
import { assignOverrides } from "../quantize/mod.ts";
import type { DataType, TensorEncoding } from "../tensor/mod.ts";
import { byteLengthOf, countElements } from "../tensor/mod.ts";

/** A value as `info` shows it. */
export interface ValueDescription {
  /** Name. */
  readonly name: string;
  /** Dimensions. */
  readonly shape: readonly number[];
  /** Element type. */
  readonly dtype: DataType;
  /** How it is quantized. */
  readonly encoding?: TensorEncoding;
}

/** A layer as `info` shows it. */
export interface LayerDescription {
  /** Name. */
  readonly name: string;
  /** ONNX operator type. */
  readonly operator: string;
  /** Activations it reads. */
  readonly inputs: readonly string[];
  /** What it gives. */
  readonly outputs: readonly ValueDescription[];
  /** Weights and other constants it reads. */
  readonly constants: readonly ValueDescription[];
  /** Elements of its constants. */
  readonly parameters: number;
  /** Multiply-accumulate operations for one sample. */
  readonly macs: number;
}

/** An encoding that a model asks for, or only the type. */
export type OverrideDescription = TensorEncoding | TypeOverride;

/** Encodings that a model asks for, which quantizing uses with `--override-params`. */
export interface OverridesDescription {
  /** Of activations, by name. */
  readonly activations: Readonly<Record<string, OverrideDescription>>;
  /** Of weights and biases, by name. */
  readonly parameters: Readonly<Record<string, OverrideDescription>>;
}

/** A model as `info --json` prints it. */
export interface ModelDescription {
  /** The graph's name. */
  readonly name: string;
  /** Network inputs. */
  readonly inputs: readonly ValueDescription[];
  /** Network outputs. */
  readonly outputs: readonly ValueDescription[];
  /** In execution order. */
  readonly layers: readonly LayerDescription[];
  /** Elements of all float constants, each counted once. */
  readonly parameters: number;
  /** Bytes the parameters take as stored. */
  readonly parameterBytes: number;
  /** Multiply-accumulate operations for one sample. */
  readonly macs: number;
  /** Whether the model has encodings. */
  readonly quantized: boolean;
  /** Encodings that came with it, if any: of an overrides file, FakeQuant nodes or QDQ nodes. */
  readonly overrides?: OverridesDescription;
  /** Where the model came from. */
  readonly metadata: Model["metadata"];
}

/** Gathers what `info` shows. Reads no weights. */
export function describeModel(model: Model): ModelDescription {
  const encodings = model.encodings ?? NO_ENCODINGS;
  const describe = (
    value: ValueInfo,
    of: ReadonlyMap<string, TensorEncoding>,
  ): ValueDescription => {
    const encoding = of.get(value.name);
    return {
      name: value.name,
      shape: value.shape,
      dtype: value.dtype,
      ...(encoding === undefined ? {} : { encoding }),
    };
  };
  const layer = (node: Node): LayerDescription => {
    const constants = node.inputs.flatMap((name) => model.initializers.get(name) ?? []);
    return {
      name: node.name,
      operator: node.operator,
      inputs: node.inputs.filter((name) => model.values.has(name)),
      outputs: node.outputs.flatMap((name) => {
        const value = model.values.get(name);
        return value === undefined ? [] : [describe(value, encodings.activations)];
      }),
      constants: constants.map((constant) => describe(constant, encodings.parameters)),
      parameters: sum(constants.map(({ shape }) => countElements(shape))),
      macs: countMacs(model, node),
    };
  };
  const layers = model.nodes.map(layer);
  const overrides = describeOverrides(model);
  const parameters = [...model.initializers.values()].filter(({ dtype }) => dtype === "float32");
  return {
    name: model.name,
    inputs: model.inputs.map((value) => describe(value, encodings.activations)),
    outputs: model.outputs.map((value) => describe(value, encodings.activations)),
    layers,
    parameters: sum(parameters.map(({ shape }) => countElements(shape))),
    parameterBytes: sum(parameters.map((reference) => {
      const bitwidth = encodings.parameters.get(reference.name)?.encodings[0]?.bitwidth;
      const elements = countElements(reference.shape);
      return bitwidth === undefined
        ? byteLengthOf(reference.dtype, elements)
        : Math.ceil(elements * bitwidth / 8);
    })),
    macs: sum(layers.map(({ macs }) => macs)),
    quantized: encodings.activations.size + encodings.parameters.size > 0,
    ...(overrides === undefined ? {} : { overrides }),
    metadata: model.metadata,
  };
}

function describeOverrides(model: Model): OverridesDescription | undefined {
  const { activations, parameters, types } = assignOverrides(model, model.overrides);
  const both = (
    encodings: ReadonlyMap<string, TensorEncoding>,
    of: ReadonlyMap<string, TypeOverride> | undefined,
  ) => Object.fromEntries<OverrideDescription>([...encodings, ...of ?? []]);
  const described = {
    activations: both(activations, types?.activations),
    parameters: both(parameters, types?.parameters),
  };
  return countOverrides(described) === 0 ? undefined : described;
}

/** What a person is told of the encodings that a model asks for. */
export function formatOverrides(overrides: OverridesDescription): string {
  const activations = Object.keys(overrides.activations).length;
  const parameters = Object.keys(overrides.parameters).length;
  return `${activations} of activations and ${parameters} of parameters, which quantize ` +
    "--override-params uses";
}

function countOverrides({ activations, parameters }: OverridesDescription): number {
  return Object.keys(activations).length + Object.keys(parameters).length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
