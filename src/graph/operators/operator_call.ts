import { FormatError, UnsupportedError } from "../../errors.ts";
import type { DataType } from "../../tensor/mod.ts";
import { intAttribute } from "../attributes.ts";
import { toIntegers, toNumbers } from "../constants/constant_values.ts";
import type { Node } from "../model.ts";
import type { OperatorCall, TensorType } from "./operator_schema.ts";

/** Names a node in a message. */
export function describeNode(node: Node): string {
  return `node "${node.name}" (${node.operator})`;
}

/** A damaged file may give a list of millions. */
const MAX_SHOWN = 64;

/** Writes a shape as `[1,3,224,224]`. */
export function formatShape(shape: readonly number[]): string {
  const more = shape.length > MAX_SHOWN ? `,… ${shape.length} numbers` : "";
  return `[${shape.slice(0, MAX_SHOWN).join(",")}${more}]`;
}

/** An error about a node that contradicts itself or its inputs. */
export function nodeError(
  node: Node,
  details: {
    readonly what: string;
    readonly plural?: boolean;
    readonly found: string;
    readonly expected: string;
  },
): FormatError {
  const { what, plural = false, found, expected } = details;
  return new FormatError(
    `Cannot use ${describeNode(node)}: ${what} ${plural ? "are" : "is"} ${found}, ` +
      `expected ${expected}`,
    { found, expected },
  );
}

/** An error about a node whose output shape is only known when the network runs. */
export function dynamicShapeError(node: Node, what: string): UnsupportedError {
  return new UnsupportedError(
    `Cannot convert ${describeNode(node)}: its output shape depends on ${what}, which is not ` +
      `constant; cut the network in front of it or make it constant`,
    { node: node.name, operator: node.operator },
  );
}

/** An error about a node that would learn or drop at random. */
export function trainingError(node: Node): UnsupportedError {
  return new UnsupportedError(
    `Cannot convert ${
      describeNode(node)
    }: it is in training mode; export the network for inference`,
    { node: node.name, operator: node.operator },
  );
}

/** The type of an input that must be there. */
export function inputType(call: OperatorCall, index: number): TensorType {
  const type = call.inputs[index];
  if (type === undefined) {
    throw nodeError(call.node, { what: `input ${index}`, found: "left out", expected: "a value" });
  }
  return type;
}

/** The integers of an input that must be constant because the output's shape depends on it. */
export function settingIntegers(
  call: OperatorCall,
  { index, what }: { readonly index: number; readonly what: string },
): readonly number[] {
  const constant = call.constants[index];
  if (constant === undefined) {
    inputType(call, index);
    throw dynamicShapeError(call.node, `input ${index} (${what})`);
  }
  return toIntegers(constant);
}

/** Like {@linkcode settingIntegers}, for real numbers. */
export function settingNumbers(
  call: OperatorCall,
  { index, what }: { readonly index: number; readonly what: string },
): readonly number[] {
  const constant = call.constants[index];
  if (constant === undefined) {
    inputType(call, index);
    throw dynamicShapeError(call.node, `input ${index} (${what})`);
  }
  return toNumbers(constant);
}

/** Whether an optional input is there and not an empty tensor (ONNX uses both for "none"). */
export function hasInput(call: OperatorCall, index: number): boolean {
  const type = call.inputs[index];
  return type !== undefined && !(type.shape.length === 1 && type.shape[0] === 0);
}

/** Checks an axis and counts negative ones from the end. */
export function normalizeAxis(
  node: Node,
  { axis, rank, what = "axis" }: {
    readonly axis: number;
    readonly rank: number;
    readonly what?: string;
  },
): number {
  if (axis < -rank || axis >= rank) {
    throw nodeError(node, {
      what,
      found: String(axis),
      expected: rank === 0 ? "no axis for a scalar" : `an axis from ${-rank} to ${rank - 1}`,
    });
  }
  return axis < 0 ? axis + rank : axis;
}

/** The axis that an attribute names, checked against `rank`. */
export function axisAttribute(
  call: OperatorCall,
  { name = "axis", rank, fallback }: {
    readonly name?: string;
    readonly rank: number;
    readonly fallback: number;
  },
): number {
  const axis = intAttribute(call.node, name, fallback);
  return normalizeAxis(call.node, { axis, rank, what: name });
}

/** Checks a list of axes: in range, none twice. */
export function normalizeAxes(
  node: Node,
  { axes, rank }: { readonly axes: readonly number[]; readonly rank: number },
): readonly number[] {
  const result = axes.map((axis) => normalizeAxis(node, { axis, rank }));
  if (new Set(result).size !== result.length) {
    throw nodeError(node, {
      what: "axes",
      plural: true,
      found: formatShape(axes),
      expected: "no axis twice",
    });
  }
  return result;
}

/** Checks the number of dimensions of an input. */
export function requireRank(
  call: OperatorCall,
  { index, least, most = least }: {
    readonly index: number;
    readonly least: number;
    readonly most?: number;
  },
): TensorType {
  const type = inputType(call, index);
  if (type.shape.length < least || type.shape.length > most) {
    throw nodeError(call.node, {
      what: `the shape of input ${index}`,
      found: formatShape(type.shape),
      expected: least === most
        ? `${least} dimensions`
        : most === Infinity
        ? `at least ${least} dimensions`
        : `${least} to ${most} dimensions`,
    });
  }
  return type;
}

/** Checks the element type of an input. */
export function requireDtype(
  call: OperatorCall,
  { index, dtypes }: { readonly index: number; readonly dtypes: readonly DataType[] },
): TensorType {
  const type = inputType(call, index);
  if (!dtypes.includes(type.dtype)) {
    throw nodeError(call.node, {
      what: `the type of input ${index}`,
      found: type.dtype,
      expected: dtypes.join(" or "),
    });
  }
  return type;
}

/** Checks that an input has exactly this shape. */
export function requireShape(
  call: OperatorCall,
  { index, shape }: { readonly index: number; readonly shape: readonly number[] },
): void {
  const found = inputType(call, index).shape;
  if (found.length !== shape.length || found.some((dimension, i) => dimension !== shape[i])) {
    throw nodeError(call.node, {
      what: `the shape of input ${index}`,
      found: formatShape(found),
      expected: formatShape(shape),
    });
  }
}

/** The shape two or more shapes broadcast to by ONNX's (NumPy's) rule. */
export function broadcastShapes(
  node: Node,
  shapes: readonly (readonly number[])[],
): readonly number[] {
  const rank = shapes.reduce((most, { length }) => Math.max(most, length), 0);
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      const dimension = shape[i] ?? 1;
      if (dimension === 1) continue;
      if (result[at] !== 1 && result[at] !== dimension) {
        throw nodeError(node, {
          what: "the shapes of its inputs",
          plural: true,
          found: shapes.map(formatShape).join(" and "),
          expected: "shapes that broadcast together",
        });
      }
      result[at] = dimension;
    }
  }
  return result;
}
