import {
  constantNumbers,
  fusedActivations,
  type Model,
  type Node,
  producersOf,
  stringAttribute,
  type ValueInfo,
} from "../graph/mod.ts";

/** Options for {@linkcode placement}. */
export interface PlacementOptions {
  /**
   * Gives a layer and the activation function fused behind it an encoding each, as SNPE's log
   * shows; otherwise only the activation function has one.
   *
   * @default {false}
   */
  readonly separateActivations?: boolean;
}

/** Where the encodings of activations sit. */
export interface Placement {
  /** Values whose ranges are observed: they get an encoding of their own. */
  readonly observed: ReadonlySet<string>;
  /** Values that take the encoding of another value, because they only move its elements. */
  readonly passedOn: ReadonlyMap<string, string>;
  /**
   * Values joined from several others (Concat). Where these have equal encodings, the joined value
   * takes it; it is among the observed in any case.
   */
  readonly joined: ReadonlyMap<string, readonly string[]>;
}

/** Operators whose outputs hold nothing but elements of their first input. */
const DATA_MOVEMENT: ReadonlySet<string> = new Set([
  "Cast",
  "DepthToSpace",
  "Dropout",
  "Expand",
  "Flatten",
  "Gather",
  "GatherElements",
  "GatherND",
  "GlobalMaxPool",
  "Identity",
  "MaxPool",
  "Reshape",
  "ReverseSequence",
  "Slice",
  "SpaceToDepth",
  "Split",
  "Squeeze",
  "Tile",
  "Transpose",
  "Unsqueeze",
]);

/** Operators whose results are for the program behind the network and stay what they are. */
const KEPT_FLOAT: ReadonlySet<string> = new Set(["DetectionOutput"]);

/**
 * Decides which values get an activation encoding: network inputs and every operator's float
 * outputs. Operators that only move data pass on the encoding of their input, and so does a Min that
 * lowers ceilings of some channels.
 *
 * @param model The network; batch norms already folded.
 * @param options Whether fused activation functions are apart from their layers.
 */
export function placement(model: Model, options: PlacementOptions = {}): Placement {
  const withoutOwn = new Set<string>();
  if (!options.separateActivations) {
    for (const { inputs } of fusedActivations(model).values()) withoutOwn.add(inputs[0] ?? "");
  }
  const observed = new Set<string>();
  const passedOn = new Map<string, string>();
  const joined = new Map<string, readonly string[]>();
  const isPlaced = (name: string) => observed.has(name) || passedOn.has(name);
  const producers = producersOf(model);

  for (const input of model.inputs) if (isReal(input)) observed.add(input.name);
  for (const node of model.nodes) {
    if (KEPT_FLOAT.has(node.operator)) continue;
    const [data = ""] = node.inputs;
    const isMoved = isPlaced(data) &&
      (movesData(model, node) || lowersCeilings(model, node, producers.get(data)));
    for (const output of node.outputs) {
      if (!isReal(model.values.get(output)) || withoutOwn.has(output)) continue;
      if (isMoved) passedOn.set(output, data);
      else observed.add(output);
      if (node.operator === "Concat" && node.inputs.every(isPlaced)) {
        joined.set(output, node.inputs);
      }
    }
  }
  return { observed, passedOn, joined };
}

/** The observed value whose elements a value holds, by however many moves. */
export function observedSource({ passedOn }: Placement, name: string): string {
  let source = name;
  for (let next = passedOn.get(name); next !== undefined; next = passedOn.get(next)) source = next;
  return source;
}

/** Whether a value holds real numbers; an empty one holds none. */
function isReal(value: ValueInfo | undefined): boolean {
  return value?.dtype === "float32" && !value.shape.includes(0);
}

/**
 * Whether a node cuts channels that a Clip in front has cut already, some of them no further: the
 * range stays what it was, and a grid of its own would round twice.
 */
function lowersCeilings(model: Model, node: Node, producer: Node | undefined): boolean {
  const [data, ceilings = "", ...others] = node.inputs;
  if (node.operator !== "Min" || others.length > 0) return false;
  if (producer?.operator !== "Clip" || producer.outputs[0] !== data) return false;
  const [limit] = constantNumbers(model, producer.inputs[2] ?? "") ?? [];
  const numbers = constantNumbers(model, ceilings) ?? [];
  return limit !== undefined && numbers.some((ceiling) => ceiling >= limit);
}

/** Whether the outputs of a node hold only elements of its first input, and zeros. */
function movesData(model: Model, node: Node): boolean {
  if (DATA_MOVEMENT.has(node.operator)) return true;
  if (node.operator === "Resize") {
    return stringAttribute(node, "mode", "nearest") === "nearest" &&
      stringAttribute(node, "coordinate_transformation_mode", "half_pixel") !==
        "tf_crop_and_resize";
  }
  if (node.operator === "Pad") {
    if (stringAttribute(node, "mode", "constant") !== "constant") return true;
    const fill = node.inputs[2] ?? "";
    // Real zero is on every grid.
    return fill === "" || constantNumbers(model, fill)?.[0] === 0;
  }
  return false;
}
