import { UnsupportedError } from "../../../errors.ts";
import type { Node } from "../../../graph/mod.ts";
import {
  type DenseTensor,
  referenceDense,
  type TensorEncoding,
  viewTensor,
} from "../../../tensor/mod.ts";
import { ProblemCollector } from "../../../problem_collector.ts";
import { VERSION } from "../../../version.ts";
import {
  type DlcAttribute,
  type DlcDocument4,
  type DlcOperator,
  type DlcTensor,
  QNN_STORAGE,
} from "../document.ts";
import { formatJsonMetadata, JSON_METADATA_2_1_0 } from "../json_metadata.ts";
import { narrowed, storageOf, storedData } from "../normal/constant.ts";
import { type Constant, valueOf } from "../normal/normal_graph.ts";
import { unsupported } from "../normal/normalizer.ts";
import type { RelaidGraph } from "../normal/relayout.ts";
import { UniqueNames } from "../normal/unique_names.ts";
import { writeMetadata } from "../raise/write_metadata.ts";
import { GRAPH_TENSOR_UNKNOWN, PARAMETER_TENSOR_UNKNOWN } from "../unconfirmed_container.ts";
import { ATTRIBUTE_GROUP } from "../unconfirmed_operators.ts";
import { CODE, typeCodes, writeQuantization } from "./data_type_codes.ts";
import { WRITE_DETECTION } from "./detection.ts";
import { WRITE_ELEMENTWISE } from "./elementwise.ts";
import { WRITE_MATRIX } from "./matrix.ts";
import type { OperatorDraft, ParameterDraft, WriteOperator } from "./operator_writer.ts";
import { WRITE_RESIZING } from "./resizing.ts";
import { WRITE_SHAPING } from "./shaping.ts";
import { WRITE_STATISTICS } from "./statistics.ts";
import { WRITE_WINDOWS } from "./windows.ts";

const WRITE: Readonly<Record<string, WriteOperator>> = {
  ...WRITE_DETECTION,
  ...WRITE_ELEMENTWISE,
  ...WRITE_MATRIX,
  ...WRITE_RESIZING,
  ...WRITE_SHAPING,
  ...WRITE_STATISTICS,
  ...WRITE_WINDOWS,
};

/** The package of QNN's own operators. */
const PACKAGE = "qti.aisw";

/**
 * Writes a graph in normal form and stored layout as a version 4.1 document.
 *
 * @throws {UnsupportedError} If QNN has no operator or no type for something.
 */
export function writeOperators(graph: RelaidGraph): DlcDocument4 {
  const writer = new OperatorsWriter(graph);
  const metadata = writeMetadata(graph);
  return {
    version: "4.1",
    metadata,
    jsonMetadata: new Map([[
      JSON_METADATA_2_1_0,
      formatJsonMetadata({
        tool: "dlcstream",
        version: VERSION,
        options: Object.fromEntries(metadata),
      }),
    ]]),
    graphs: [{ name: graph.name, operators: writer.operators, tensors: writer.tensors }],
    records: [],
  };
}

class OperatorsWriter {
  readonly operators: DlcOperator[] = [];
  readonly tensors: DlcTensor[] = [];
  readonly #graph: RelaidGraph;
  readonly #names: UniqueNames;
  readonly #known = new Set<string>();
  #id = 0;

  constructor(graph: RelaidGraph) {
    this.#graph = graph;
    this.#names = new UniqueNames([...graph.values.keys(), ...graph.constants.keys()]);
    for (const name of [...graph.inputs, ...graph.outputs]) this.#addTensor(name);
    const problems = new ProblemCollector();
    for (const node of graph.nodes) problems.attemptNow(() => this.#addNode(node));
    problems.throwIfAny(`convert "${graph.name}" to a DLC`);
  }

  #addTensor(name: string): void {
    if (name === "" || this.#known.has(name)) return;
    this.#known.add(name);
    const constant = this.#graph.constants.get(name);
    this.tensors.push(constant === undefined ? this.#flowing(name) : this.#static(constant));
  }

  #flowing(name: string): DlcTensor {
    const { dtype, shape } = valueOf(this.#graph, name);
    const encoding = this.#graph.activations.get(name);
    const isInput = this.#graph.inputs.includes(name);
    const isOutput = this.#graph.outputs.includes(name);
    return {
      ...this.#tensor({ name, shape, encoding }),
      ...typeCodes(dtype, { name, encoding }),
      role: isInput ? isOutput ? 2 : 0 : isOutput ? 1 : 3,
    };
  }

  #static(constant: Constant): DlcTensor {
    const { name, encoding, isFloat = false } = constant;
    const plain = narrowed(constant.data);
    const { shape, dtype } = plain;
    const codes = typeCodes(dtype, { name, encoding: isFloat ? undefined : encoding });
    const stored = encoding === undefined || isFloat
      ? viewTensor(plain, {
        kind: "cast",
        dtype: QNN_STORAGE.get(codes.dtypeCode) ?? dtype,
      })
      : storedData(constant, storageOf(encoding));
    // QNN has no scalars.
    const dims = shape.length === 0 ? [1] : shape;
    const data = viewTensor(stored, { kind: "reshape", shape: dims });
    return { ...this.#tensor({ name, shape: dims, encoding }), ...codes, role: 4, data };
  }

  #tensor(
    { name, shape, encoding }: {
      name: string;
      shape: readonly number[];
      encoding: TensorEncoding | undefined;
    },
  ): Pick<DlcTensor, "id" | "name" | "shape" | "quantization" | "unknown"> {
    this.#id++;
    const quantization = writeQuantization(encoding);
    return { id: this.#id, name, shape, quantization, unknown: GRAPH_TENSOR_UNKNOWN };
  }

  #addNode(node: Node): void {
    const write = Object.hasOwn(WRITE, node.operator) ? WRITE[node.operator] : undefined;
    if (write === undefined) {
      throw unsupported(
        node,
        "QNN has no such operator",
        "a network that ends before it (--out-node)",
      );
    }
    const draft: OperatorDraft = write(node, this.#graph);
    const inputs = draft.inputs ?? node.inputs;
    if (inputs.includes("")) {
      throw new UnsupportedError(
        `Cannot convert node "${node.name}" (${node.operator}): an input before the last is left ` +
          "out; all inputs would work",
        { node: node.name, operator: node.operator },
      );
    }
    for (const name of [...inputs, ...node.outputs]) this.#addTensor(name);
    const parameters = (draft.parameters ?? []).map((one) => this.#attribute(node, one));
    this.operators.push({
      name: node.name,
      type: draft.type,
      inputs,
      outputs: node.outputs.filter((name) => name !== ""),
      attributes: [...parameters, packageName()].sort((a, b) =>
        a.name < b.name ? -1 : a.name > b.name ? 1 : 0
      ),
    });
  }

  #attribute(node: Node, draft: ParameterDraft): DlcAttribute {
    const { name, dtypeCode } = draft;
    const group = ATTRIBUTE_GROUP.parameter;
    if (draft.kind !== "list") {
      return { name, group, value: { kind: draft.kind, dtypeCode, value: draft.value } };
    }
    this.#id++;
    const own = this.#names.take(`${node.name}_${name}`);
    const tensor: DlcTensor = {
      id: this.#id,
      name: own,
      role: 4,
      shape: draft.shape,
      dtypeCode,
      sourceDtypeCode: dtypeCode,
      quantization: writeQuantization(undefined),
      unknown: PARAMETER_TENSOR_UNKNOWN,
      data: referenceDense(own, parameterData(draft)),
    };
    return { name, group, value: { kind: "tensor", tensor } };
  }
}

function parameterData(draft: Extract<ParameterDraft, { kind: "list" }>): DenseTensor {
  const { dtypeCode, shape, values } = draft;
  switch (dtypeCode) {
    case CODE.uint32:
      return { dtype: "uint32", shape, data: Uint32Array.from(values) };
    case CODE.int32:
      return { dtype: "int32", shape, data: Int32Array.from(values) };
    case CODE.float32:
      return { dtype: "float32", shape, data: Float32Array.from(values) };
  }
}

function packageName(): DlcAttribute {
  return {
    name: "packageName",
    group: ATTRIBUTE_GROUP.package,
    value: { kind: "string", dtypeCode: CODE.string, value: PACKAGE },
  };
}
