import { FormatError } from "../../../errors.ts";
import type { Node } from "../../../graph/mod.ts";
import {
  type DataType,
  type DenseTensor,
  referenceDense,
  type TensorReference,
} from "../../../tensor/mod.ts";
import type { ProblemCollector } from "../../../problem_collector.ts";
import type { OnnxGraph } from "../read/read_graph_proto.ts";
import type { OnnxNode } from "../read/read_node_proto.ts";
import { FLOAT_TYPES } from "../read/tensor_reader.ts";
import { unsupportedNode } from "../unsupported_node.ts";
import { LoweringContext } from "./lowering_context.ts";
import { upgradeNode } from "./upgrade_node.ts";

/** A graph at the pinned opset, nodes with problems left out. */
export interface LoweredGraph {
  /** In the order of the file. */
  readonly nodes: readonly Node[];
  /** Constants by name, those of Constant nodes among them. */
  readonly initializers: ReadonlyMap<string, TensorReference>;
  /** What is to be looked at again when shapes are known. */
  readonly context: LoweringContext;
}

/** What the header and the inputs say about the graph. */
export interface LoweringOptions {
  /** The file, for messages. */
  readonly file: string;
  /** The opset of the file. */
  readonly opset: number;
  /** Model-local functions, each as `domain:name`. */
  readonly functions: ReadonlySet<string>;
  /** Element types of network inputs. */
  readonly inputTypes: readonly DataType[];
  /** Takes problems, so that lowering goes on; a node that has one is left out. */
  readonly problems: ProblemCollector;
}

/** Operators without attributes that would tell what is wrong with them. */
const UNSUPPORTED_OPERATORS: ReadonlyMap<string, string> = new Map([
  ...["ConcatFromSequence", "SplitToSequence"].map((name) => [name, "sequences"] as const),
  ...["At", "Construct", "Empty", "Erase", "Insert", "Length", "Map"]
    .map((name) => [`Sequence${name}`, "sequences"] as const),
  ...["Optional", "OptionalGetElement", "OptionalHasElement"]
    .map((name) => [name, "optional values"] as const),
  ...["RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer"]
    .map((name) => [name, "strings"] as const),
  ...["If", "Loop", "Scan"].map((name) => [name, "control flow"] as const),
]);

/** Operators of ONNX Runtime's own domain that mean what ONNX means. */
const SAME_AS_ONNX = new Set([
  "com.microsoft:QuantizeLinear",
  "com.microsoft:DequantizeLinear",
]);

/**
 * Rewrites a graph to the pinned opset: Constant nodes become initializers, each other node what
 * means the same today. A node of an unknown domain, one that cannot be rewritten and one that
 * contradicts its operator are problems.
 */
export function lowerGraph(graph: OnnxGraph, options: LoweringOptions): LoweredGraph {
  const initializers = new Map(graph.initializers);
  const others: OnnxNode[] = [];
  const { problems } = options;
  for (const node of graph.nodes) {
    problems.attemptNow(() => {
      checkOperator(node, options.functions);
      if (node.operator === "Constant") addConstant(node, initializers, options.file);
      else others.push(node);
    });
  }
  const floatTypes = [
    ...options.inputTypes,
    ...Array.from(initializers.values(), ({ dtype }) => dtype),
  ].filter((dtype) => FLOAT_TYPES.has(dtype));
  const context = new LoweringContext({
    opset: options.opset,
    names: valueNames(graph),
    initializers,
    floatTypes: new Set(floatTypes),
  });
  const nodes = others.flatMap(({ domain: _domain, unsupported: _unsupported, ...node }) =>
    problems.attemptNow(() => upgradeNode(node, context)) ?? []
  );
  return { nodes, initializers, context };
}

function checkOperator(node: OnnxNode, functions: ReadonlySet<string>): void {
  const { operator, domain, unsupported } = node;
  if (unsupported !== undefined) throw unsupportedNode(node, unsupported);
  if (functions.has(`${domain}:${operator}`)) {
    throw unsupportedNode(
      node,
      "it is a function of the model; inline the model's functions first",
    );
  }
  if (domain !== "" && domain !== "ai.onnx" && !SAME_AS_ONNX.has(`${domain}:${operator}`)) {
    throw unsupportedNode(
      node,
      `its domain is "${domain}"; supported is the default domain of ONNX`,
    );
  }
  const what = UNSUPPORTED_OPERATORS.get(operator);
  if (what !== undefined) {
    throw unsupportedNode(node, `it needs ${what}; supported are operators on tensors`);
  }
}

function addConstant(
  node: OnnxNode,
  initializers: Map<string, TensorReference>,
  file: string,
): void {
  const [name = ""] = node.outputs;
  if (name === "" || initializers.has(name)) {
    throw new FormatError(
      `Cannot read "${file}": the output "${name}" of Constant node "${node.name}" has no name or ` +
        `the name of another constant`,
      { file },
    );
  }
  initializers.set(name, constantReference(node, name));
}

function constantReference(node: Node, name: string): TensorReference {
  for (const [key, attribute] of Object.entries(node.attributes)) {
    if (attribute.type === "tensor") return { ...attribute.value, name };
    const dense = constantValue(key, attribute.value);
    if (dense !== undefined) return referenceDense(name, dense);
  }
  const found = Object.keys(node.attributes).map((key) => `"${key}"`).join(", ") || "no attribute";
  throw unsupportedNode(
    node,
    `found ${found}; supported are "value", "value_float", "value_floats", "value_int" and ` +
      `"value_ints"`,
  );
}

function constantValue(key: string, value: unknown): DenseTensor | undefined {
  const numbers = [value].flat().filter((number) => typeof number === "number");
  const shape = Array.isArray(value) ? [numbers.length] : [];
  if (key === "value_float" || key === "value_floats") {
    return { dtype: "float32", shape, data: Float32Array.from(numbers) };
  }
  if (key === "value_int" || key === "value_ints") {
    return { dtype: "int64", shape, data: BigInt64Array.from(numbers, BigInt) };
  }
  return undefined;
}

function* valueNames(graph: OnnxGraph): Generator<string> {
  yield* graph.initializers.keys();
  for (const { name } of graph.inputs) yield name;
  for (const node of graph.nodes) {
    yield* node.inputs;
    yield* node.outputs;
  }
}
