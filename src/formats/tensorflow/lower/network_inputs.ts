import { UnsupportedError } from "../../../errors.ts";
import type { ValueInfo } from "../../../graph/mod.ts";
import type { AttrValue } from "../proto/read_attr_value.ts";
import type { TensorflowNode } from "../proto/read_node_def.ts";
import type { StatedShape } from "../proto/read_tensor_shape.ts";
import { dataTypeOf } from "../proto/tensorflow_data_type.ts";

/** What decides about the shape of a network input. */
export interface InputShapeOptions {
  /** The file, for messages. */
  readonly file: string;
  /** The shape that the user gives. */
  readonly given: readonly number[] | undefined;
  /** The shape that the signature states. */
  readonly signed: StatedShape;
  /** What first dimensions become. */
  readonly batch: number | "keep";
}

/** A network input, and whether its fixed batch was changed. */
export interface NetworkInput {
  /** The input. */
  readonly info: ValueInfo;
  /** What its first dimension was, if it was fixed and changed. */
  readonly batchBefore: number | undefined;
}

/**
 * Makes a node a network input with a static shape.
 *
 * @param node A placeholder, or a node that the model is cut at.
 * @param options Shapes that are stated for it.
 * @throws {RangeError} If the given shape is none, or has another rank.
 * @throws {UnsupportedError} If a dimension stays open, or it is no tensor of numbers.
 */
export function networkInput(node: TensorflowNode, options: InputShapeOptions): NetworkInput {
  const { file, given, signed, batch } = options;
  const { name } = node;
  const dtype = dataTypeOf(elementType(node), `input "${name}" of "${file}"`);
  const own = node.attributes.get("shape");
  const stated = own?.kind === "shape" && isPlaceholder(node) ? own.value ?? signed : signed;
  if (given !== undefined) {
    return {
      info: { name, dtype, shape: checkGiven(name, given, stated) },
      batchBefore: undefined,
    };
  }
  if (stated === undefined) {
    throw new UnsupportedError(
      `Cannot open "${file}": the shape of input "${name}" is not known; give it with ` +
        `--input-dim ${name} 1,…`,
    );
  }
  const shape = stated.map((size, axis) => {
    if (axis === 0 && size < 0) return batch === "keep" ? 1 : batch;
    if (axis === 0 && stated.length > 1 && batch !== "keep") return batch;
    if (size >= 0) return size;
    const example = stated.map((other, index) => other >= 0 ? other : index === 0 ? 1 : "N");
    throw new UnsupportedError(
      `Cannot open "${file}": dimension ${axis} of input "${name}" is not fixed; give the shape ` +
        `with --input-dim ${name} ${example.join(",")}`,
    );
  });
  const [first = -1] = stated;
  return {
    info: { name, dtype, shape },
    batchBefore: first >= 0 && first !== shape[0] ? first : undefined,
  };
}

/** Whether a node is a network input by itself. */
export function isPlaceholder({ operator }: Pick<TensorflowNode, "operator">): boolean {
  return operator === "Placeholder" || operator === "PlaceholderV2";
}

/** The type of a placeholder, or that of what a node makes, as far as its attributes say it. */
function elementType({ attributes }: TensorflowNode): number {
  const of = (value: AttrValue | undefined) => value?.kind === "type" ? value.value : undefined;
  const names = ["dtype", "DstT", "out_type", "output_type", "T"];
  for (const name of names) {
    const type = of(attributes.get(name));
    if (type !== undefined) return type;
  }
  return 1;
}

function checkGiven(
  name: string,
  given: readonly number[],
  stated: StatedShape,
): readonly number[] {
  if (given.some((size) => !Number.isSafeInteger(size) || size < 1)) {
    throw new RangeError(
      `Cannot set the shape of input "${name}": found [${given.join(", ")}], expected positive ` +
        `integers`,
    );
  }
  if (stated !== undefined && stated.length !== given.length) {
    throw new RangeError(
      `Cannot set the shape of input "${name}": found ${given.length} dimensions ` +
        `[${given.join(", ")}], expected ${stated.length} as the model has`,
    );
  }
  return given;
}
