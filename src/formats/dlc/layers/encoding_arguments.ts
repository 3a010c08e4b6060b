import { FormatError, UnsupportedError } from "../../../errors.ts";
import type { Encoding, TensorEncoding } from "../../../tensor/mod.ts";
import type { DlcArgument } from "../document.ts";
import { PRECISION_8_BITS } from "../unconfirmed_operators.ts";
import { argument, findArgument } from "./arguments.ts";

/** Whose encodings are read, for messages. */
export interface EncodingOwner {
  /** The layer's name. */
  readonly layer: string;
  /** What carries the encoding: an output or a tensor. */
  readonly what: string;
}

/**
 * The encodings in a list of arguments, one for each output: `FxpData` (converters 1.41 to 1.48) or
 * `DataEncoding` (1.56). Empty if there are none.
 */
export function readEncodings(
  list: readonly DlcArgument[],
  owner: EncodingOwner,
): readonly TensorEncoding[] {
  const older = findArgument(list, "FxpData");
  if (older !== undefined) {
    return children(older, owner).map((one) => ({ encodings: [readEncoding(one, owner)] }));
  }
  const newer = findArgument(list, "DataEncoding");
  return newer === undefined ? [] : children(newer, owner).map((one) => readNewer(one, owner));
}

function readNewer(one: DlcArgument, owner: EncodingOwner): TensorEncoding {
  const parts = children(one, owner);
  const elements = findArgument(parts, "DataEncodingElement");
  const axis = findArgument(parts, "axis");
  if (elements === undefined) throw encodingError(owner, 'it has no "DataEncodingElement"');
  const encodings = children(elements, owner).map((element) => readEncoding(element, owner));
  const at = axis?.kind === "int" ? axis.value : -1;
  if (encodings.length === 0 || at < 0 && encodings.length !== 1) {
    throw encodingError(owner, `it has ${encodings.length} elements on axis ${at}`);
  }
  return at < 0 ? { encodings } : { axis: at, encodings };
}

function readEncoding(one: DlcArgument, owner: EncodingOwner): Encoding {
  const parts = children(one, owner);
  const number = (name: string): number => {
    const part = findArgument(parts, name);
    if (part?.kind === "float" || part?.kind === "uint" || part?.kind === "int") {
      if (Number.isFinite(part.value)) return part.value;
    }
    throw encodingError(owner, `its "${name}" is ${part === undefined ? "missing" : "no number"}`);
  };
  const scale = number("delta");
  const offset = number("offset");
  const bitwidth = bitsOfPrecision(number("precision"), owner);
  if (scale <= 0) throw encodingError(owner, `its delta is ${scale}, expected more than 0`);
  if (!Number.isInteger(offset) || offset > 0 || offset <= -(2 ** bitwidth)) {
    throw encodingError(
      owner,
      `its offset is ${offset}, expected an integer from ${1 - 2 ** bitwidth} to 0`,
    );
  }
  return { bitwidth, min: number("min"), max: number("max"), scale, offset, symmetric: false };
}

/** 0x208 is 8 bits; other widths are taken as binary (0x210) or as digits (0x216). */
function bitsOfPrecision(precision: number, owner: EncodingOwner): number {
  const low = precision & 0xff;
  const bits = new Map([[8, 8], [16, 16], [32, 32], [0x16, 16], [0x32, 32]]).get(low);
  if (bits !== undefined) return bits;
  throw new UnsupportedError(
    `Cannot read the encoding of ${owner.what} of layer "${owner.layer}": its precision is ` +
      `${precision}; 520 (8 bits) would work`,
    { node: owner.layer },
  );
}

/**
 * The encoding argument of a layer's outputs or of a tensor: `FxpData`, which every real file with
 * weights has and which both older and newer tools wrote.
 *
 * @param encodings One for each output, all per tensor with 8 bits.
 */
export function writeEncodings(encodings: readonly Encoding[]): DlcArgument {
  return argument.list(
    "FxpData",
    encodings.map((encoding, i) =>
      argument.nested(String(i), [
        argument.float("delta", encoding.scale),
        argument.float("max", encoding.max),
        argument.float("min", encoding.min),
        argument.float("offset", encoding.offset),
        argument.uint("precision", PRECISION_8_BITS),
      ])
    ),
  );
}

function children(one: DlcArgument, owner: EncodingOwner): readonly DlcArgument[] {
  if (one.kind === "nested") return one.value;
  throw encodingError(owner, `"${one.name}" is of kind ${one.kind}, expected nested`);
}

function encodingError(owner: EncodingOwner, found: string): FormatError {
  return new FormatError(
    `Cannot read the encoding of ${owner.what} of layer "${owner.layer}": ${found}`,
  );
}
