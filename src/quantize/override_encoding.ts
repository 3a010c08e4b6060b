import { FormatError } from "../errors.ts";
import type { Model } from "../graph/mod.ts";
import type { Encoding, TensorEncoding } from "../tensor/mod.ts";
import { channelAxis } from "./channel_axis.ts";
import { computeEncoding } from "./compute_encoding.ts";

/** Relative difference of two steps that double arithmetic may leave between equal grids. */
const STEP_TOLERANCE = 1e-12;
/** Bit widths that tensors can be stored with. */
export const SUPPORTED_BITWIDTHS: readonly number[] = [4, 8, 16, 32];

/**
 * Turns an override into the encoding that is used: bit width, minimum and maximum decide, scale and
 * offset are computed from them as SNPE's quantizer does. A grid that already agrees stays as it is,
 * so that codes stored in it pass unchanged.
 *
 * @param model The network.
 * @param name The tensor.
 * @param override What was asked for.
 * @throws {FormatError} If the override does not fit the tensor or its numbers make no grid.
 */
export function overrideEncoding(
  model: Model,
  name: string,
  override: TensorEncoding,
): TensorEncoding {
  const encodings = override.encodings.map((encoding) => recompute(name, encoding));
  const perChannel = override.axis !== undefined || encodings.length > 1;
  if (!perChannel && encodings.length === 1) return { encodings };
  const shape = model.initializers.get(name)?.shape;
  const known = channelAxis(model, name);
  const given = override.axis;
  const axis = given === undefined ? known : given < 0 ? given + (shape?.length ?? 0) : given;
  if (known !== undefined && axis !== known) {
    throw new FormatError(
      `Cannot use the override of "${name}": its encodings run along axis ${given}, expected ` +
        `${known}, the output channels of its layer`,
      { expected: `axis ${known}`, found: `axis ${given}` },
    );
  }
  const channels = axis === undefined ? undefined : shape?.[axis];
  if (axis === undefined || channels !== encodings.length) {
    throw new FormatError(
      `Cannot use the override of "${name}": it has ${encodings.length} encodings, expected 1` +
        (channels === undefined ? "" : ` or ${channels}, one an output channel`),
      { expected: `1 or ${channels ?? 1}`, found: String(encodings.length) },
    );
  }
  return { axis, encodings };
}

function recompute(name: string, encoding: Encoding): Encoding {
  const { bitwidth, min, max, symmetric } = encoding;
  if (!SUPPORTED_BITWIDTHS.includes(bitwidth)) {
    throw new FormatError(
      `Cannot use the override of "${name}": bit width ${bitwidth}, expected one of ${
        SUPPORTED_BITWIDTHS.join(", ")
      }`,
      { expected: SUPPORTED_BITWIDTHS.join(", "), found: String(bitwidth) },
    );
  }
  if (!Number.isFinite(min) || !Number.isFinite(max) || min > max || min === 0 && max === 0) {
    throw new FormatError(
      `Cannot use the override of "${name}": range [${min}, ${max}], ` +
        "expected finite min <= max, not both 0",
      { found: `[${min}, ${max}]` },
    );
  }
  // A strict symmetric grid has one code fewer; with that code its other codes keep their meaning.
  if (symmetric && min === -max) return widenStrict(encoding);
  const computed = computeEncoding({ min, max }, { bitwidth, minimumRange: 0 });
  const agrees = computed.offset === encoding.offset &&
    Math.abs(computed.scale - encoding.scale) <= STEP_TOLERANCE * computed.scale;
  return agrees ? encoding : { ...computed, symmetric };
}

function widenStrict({ bitwidth, max }: Encoding): Encoding {
  const half = 2 ** (bitwidth - 1);
  const scale = max / (half - 1);
  return { bitwidth, min: -half * scale, max, scale, offset: -half, symmetric: true };
}
