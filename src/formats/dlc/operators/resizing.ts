import { floatAttribute, intAttribute, type Node, stringAttribute } from "../../../graph/mod.ts";
import type { DlcOperator } from "../document.ts";
import { attribute, inputOf, type NormalGraph, outputOf, shapeOf } from "../normal/normal_graph.ts";
import { unsupported } from "../normal/normalizer.ts";
import { DEPTH_MODES, RESIZE_NUMBERS } from "../unconfirmed_operators.ts";
import {
  operatorError,
  type OperatorReader,
  type ReadOperator,
  unknownSetting,
} from "./operator_reader.ts";
import { type OperatorDraft, parameter, type WriteOperator } from "./operator_writer.ts";
import { nearestIndices, type NearestRule } from "./nearest_indices.ts";

/** Operators that change the size of images. */
export const READ_RESIZING: Readonly<Record<string, ReadOperator>> = {
  DepthToSpace: readDepth,
  Resize: readResize,
  ResizeBilinear: readSimpleResize,
  ResizeNearestNeighbor: readSimpleResize,
  SpaceToDepth: readDepth,
};

/** Operators that change the size of images. */
export const WRITE_RESIZING: Readonly<Record<string, WriteOperator>> = {
  DepthToSpace: writeDepth,
  Resize: writeResize,
  SpaceToDepth: writeDepth,
};

/**
 * The three ways of the simple operators, in ONNX's words: TensorFlow's nearest neighbour takes
 * ⌊(x + ½) · scale⌋ with half pixel centers, rounds half up with aligned corners, else ⌊x · scale⌋.
 */
const SIMPLE = [
  { transform: "asymmetric", nearest: "floor", alignCorners: false, halfPixel: false },
  { transform: "half_pixel", nearest: "round_prefer_ceil", alignCorners: false, halfPixel: true },
  {
    transform: "align_corners",
    nearest: "round_prefer_ceil",
    alignCorners: true,
    halfPixel: false,
  },
] as const;

function readSimpleResize(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  const output = reader.output(operator);
  reader.image(operator, input);
  const alignCorners = reader.integer(operator, "align_corners", 0) !== 0;
  const halfPixel = reader.integer(operator, "half_pixel_centers", 0) !== 0;
  const found = SIMPLE.find((one) =>
    one.alignCorners === alignCorners && one.halfPixel === halfPixel
  );
  if (found === undefined) {
    throw operatorError(operator, "it aligns corners and has half pixel centers", "one of the two");
  }
  const isLinear = operator.type === "ResizeBilinear";
  reader.graph.emit(operator.name, {
    operator: "Resize",
    inputs: [input],
    outputs: [output],
    attributes: {
      mode: attribute.string(isLinear ? "linear" : "nearest"),
      coordinate_transformation_mode: attribute.string(found.transform),
      ...(isLinear ? {} : { nearest_mode: attribute.string(found.nearest) }),
    },
  });
}

function readResize(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  reader.image(operator, input);
  const name = <T extends keyof typeof RESIZE_NUMBERS>(list: T, key: string) => {
    const value = reader.integer(operator, key, 0);
    const text = RESIZE_NUMBERS[list][value];
    if (text !== undefined) return attribute.string(text);
    throw unknownSetting(operator, key, {
      value,
      works: `0 to ${RESIZE_NUMBERS[list].length - 1}`,
    });
  };
  const mode = name("interpolation", "interpolation_mode");
  reader.graph.emit(operator.name, {
    operator: "Resize",
    inputs: [input],
    outputs: [reader.output(operator)],
    attributes: {
      mode,
      coordinate_transformation_mode: name("transformation", "transformation_mode"),
      ...(mode.value === "nearest" ? { nearest_mode: name("nearest", "nearest_mode") } : {}),
      ...(mode.value === "cubic"
        ? {
          cubic_coeff_a: attribute.float(reader.float(operator, "cubic_coeff", -0.75)),
          exclude_outside: attribute.int(reader.integer(operator, "exclude_outside", 0)),
        }
        : {}),
    },
  });
}

/** Takes the simple operators where they compute the same, else `Resize`. */
function writeResize(node: Node, graph: NormalGraph): OperatorDraft {
  const mode = stringAttribute(node, "mode", "nearest");
  const transform = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  const nearest = stringAttribute(node, "nearest_mode", "round_prefer_floor");
  const from = shapeOf(graph, inputOf(node, 0)).slice(1, 3);
  const to = shapeOf(graph, outputOf(node)).slice(1, 3);
  // With more than one output pixel the PyTorch rule is the half pixel rule.
  const rule = transform === "pytorch_half_pixel" && to.every((size) => size > 1)
    ? "half_pixel"
    : transform;
  const preferred = [...SIMPLE].sort((a, b) =>
    Number(b.transform === rule) - Number(a.transform === rule)
  );
  const simple = mode === "linear"
    ? SIMPLE.find((one) => one.transform === rule)
    : mode === "nearest"
    ? preferred.find((one) => takesSame(from, to, { transform: rule, nearest }, one))
    : undefined;
  if (simple !== undefined) {
    return {
      type: mode === "linear" ? "ResizeBilinear" : "ResizeNearestNeighbor",
      parameters: [
        parameter.boolean("align_corners", simple.alignCorners),
        parameter.boolean("half_pixel_centers", simple.halfPixel),
      ],
    };
  }
  const number = (list: keyof typeof RESIZE_NUMBERS, value: string) => {
    const names: readonly string[] = RESIZE_NUMBERS[list];
    const index = names.indexOf(value);
    if (index >= 0) return index;
    throw unsupported(node, `it is ${mode} with "${value}"`, names.join(" or "));
  };
  return {
    type: "Resize",
    parameters: [
      parameter.uint("interpolation_mode", number("interpolation", mode)),
      parameter.uint("transformation_mode", number("transformation", transform)),
      ...(mode === "nearest" ? [parameter.uint("nearest_mode", number("nearest", nearest))] : []),
      ...(mode === "cubic"
        ? [
          parameter.float("cubic_coeff", floatAttribute(node, "cubic_coeff_a", -0.75)),
          parameter.boolean("exclude_outside", intAttribute(node, "exclude_outside", 0) !== 0),
        ]
        : []),
    ],
  };
}

/** Whether two rules take the same pixels for these sizes. */
function takesSame(
  from: readonly number[],
  to: readonly number[],
  one: NearestRule,
  other: NearestRule,
): boolean {
  return from.every((input, axis) => {
    const output = to[axis] ?? 1;
    const first = nearestIndices(one, { input, output });
    const second = nearestIndices(other, { input, output });
    return first !== undefined && first.every((index, i) => index === second?.[i]);
  });
}

function readDepth(operator: DlcOperator, reader: OperatorReader): void {
  const input = reader.input(operator);
  reader.image(operator, input);
  const [height = 1, width = 1] = reader.listOf(operator, "block_size", { length: 2 });
  const value = reader.integer(operator, "mode", 0);
  const mode = DEPTH_MODES[value];
  const isToSpace = operator.type === "DepthToSpace";
  if (mode === undefined || !isToSpace && mode !== "DCR") {
    throw unknownSetting(operator, "mode", { value, works: "0" });
  }
  if (height !== width) {
    throw unknownSetting(operator, "block_size", {
      value: `${height}x${width}`,
      works: "a square",
    });
  }
  reader.graph.emit(operator.name, {
    operator: operator.type,
    inputs: [input],
    outputs: [reader.output(operator)],
    attributes: { blocksize: attribute.int(height), mode: attribute.string(mode) },
  });
}

function writeDepth(node: Node): OperatorDraft {
  const size = intAttribute(node, "blocksize", 1);
  const mode = stringAttribute(node, "mode", "DCR");
  return {
    type: node.operator,
    parameters: [
      parameter.uints("block_size", [size, size]),
      parameter.uint("mode", mode === "CRD" ? 1 : 0),
    ],
  };
}
