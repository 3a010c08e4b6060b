import type { Model, Node } from "../../../graph/mod.ts";
import { ProblemCollector } from "../../../problem_collector.ts";
import { NORMALIZE_COMPOSED } from "./normalize_composed.ts";
import { NORMALIZE_EINSUM } from "./normalize_einsum.ts";
import { NORMALIZE_ELEMENTWISE } from "./normalize_elementwise.ts";
import { NORMALIZE_FUNCTIONS } from "./normalize_functions.ts";
import { NORMALIZE_MATRIX } from "./normalize_matrix.ts";
import { normalizeOneHot } from "./normalize_one_hot.ts";
import { NORMALIZE_RECURRENT } from "./normalize_recurrent.ts";
import { normalizeRoiAlign } from "./normalize_roi_align.ts";
import { NORMALIZE_SHAPING } from "./normalize_shaping.ts";
import { NORMALIZE_STATISTICS } from "./normalize_statistics.ts";
import { NORMALIZE_TRIANGLES } from "./normalize_triangles.ts";
import { NORMALIZE_WINDOWS } from "./normalize_windows.ts";
import { NORMALIZE_STANDARDIZED } from "./standardize.ts";
import type { NormalGraph } from "./normal_graph.ts";
import { type NormalizeNode, Normalizer, readNumbers, unsupported } from "./normalizer.ts";

const NORMALIZE: Readonly<Record<string, NormalizeNode>> = {
  ...NORMALIZE_COMPOSED,
  ...NORMALIZE_EINSUM,
  ...NORMALIZE_ELEMENTWISE,
  ...NORMALIZE_FUNCTIONS,
  ...NORMALIZE_MATRIX,
  ...NORMALIZE_RECURRENT,
  ...NORMALIZE_SHAPING,
  ...NORMALIZE_STATISTICS,
  ...NORMALIZE_STANDARDIZED,
  ...NORMALIZE_TRIANGLES,
  ...NORMALIZE_WINDOWS,
  OneHot: normalizeOneHot,
  RoiAlign: normalizeRoiAlign,
};

/** The ONNX operators that a DLC can say, in alphabetical order. */
export function normalizedOperators(): readonly string[] {
  return Object.keys(NORMALIZE).sort();
}

/** Inputs whose elements become attributes or enter a computation, by operator. */
const STEERING: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [1, 2, 3, 4],
  Clip: [1, 2],
  CumSum: [1],
  GRU: [3, 4, 5],
  LSTM: [3, 4, 5, 6, 7],
  OneHot: [1, 2],
  Pad: [1, 2, 3],
  RNN: [3, 4, 5],
  ReduceL1: [1],
  ReduceL2: [1],
  ReduceLogSum: [1],
  ReduceLogSumExp: [1],
  ReduceMax: [1],
  ReduceMean: [1],
  ReduceMin: [1],
  ReduceProd: [1],
  ReduceSum: [1],
  ReduceSumSquare: [1],
  Resize: [1, 2, 3],
  RoiAlign: [1, 2],
  Slice: [1, 2, 3, 4],
  Tile: [1],
  TopK: [1],
  Trilu: [1],
};

/**
 * Brings a model into normal form, in the model's own layout. Reads the small constants that steer
 * operators (bounds, axes, batch norm parameters), nothing else.
 *
 * @throws {UnsupportedError} If no DLC operator means what a node does.
 */
export async function toNormalForm(model: Model): Promise<NormalGraph> {
  const normalizer = new Normalizer(model, await readSteering(model));
  const problems = new ProblemCollector();
  for (const node of model.nodes) problems.attemptNow(() => normalizeNode(node, normalizer));
  problems.throwIfAny(`convert "${model.name}" to a DLC`);
  return normalizer.finish();
}

function normalizeNode(node: Node, normalizer: Normalizer): void {
  const normalize = Object.hasOwn(NORMALIZE, node.operator) ? NORMALIZE[node.operator] : undefined;
  if (normalize === undefined) {
    throw unsupported(
      node,
      "a DLC has no such operator",
      "a network that ends before it (--out-node)",
    );
  }
  normalize(node, normalizer);
}

async function readSteering(model: Model): Promise<ReadonlyMap<string, readonly number[]>> {
  const numbers = new Map<string, readonly number[]>();
  for (const name of model.nodes.flatMap(steeringInputs)) {
    const reference = model.initializers.get(name);
    if (reference === undefined || numbers.has(name)) continue;
    numbers.set(name, await readNumbers(reference));
  }
  return numbers;
}

function steeringInputs(node: Node): readonly string[] {
  const indices = STEERING[node.operator] ?? [];
  return indices.map((index) => node.inputs[index] ?? "").filter((name) => name !== "");
}
