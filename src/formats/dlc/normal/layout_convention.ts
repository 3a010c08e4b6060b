/** From the model's layout to the stored one, or back. */
export type RelayoutDirection = "store" | "recover";

/** Whether a value has the axes it had before, or those of an image in the other layout. */
export type Form = "same" | "image";

/** The orders of axes and the names of one direction. */
export interface LayoutConvention {
  /** `image = Transpose(same, toImage)`. */
  readonly toImage: readonly number[];
  /** `same = Transpose(image, toSame)`. */
  readonly toSame: readonly number[];
  /** Suffix of a value that is added in image form, and in the same form. */
  readonly suffix: Readonly<Record<Form, string>>;
  /** How weights are reordered, by operator. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

const NCHW_TO_NHWC = [0, 2, 3, 1];
const NHWC_TO_NCHW = [0, 3, 1, 2];

/** Both directions; each undoes the other. */
export const CONVENTIONS: Readonly<Record<RelayoutDirection, LayoutConvention>> = {
  store: {
    toImage: NCHW_TO_NHWC,
    toSame: NHWC_TO_NCHW,
    suffix: { image: ".nsc", same: ".ncs" },
    weights: { Conv: [2, 3, 1, 0], ConvTranspose: [2, 3, 0, 1] },
  },
  recover: {
    toImage: NHWC_TO_NCHW,
    toSame: NCHW_TO_NHWC,
    suffix: { image: ".nchw", same: ".nhwc" },
    weights: { Conv: [3, 2, 0, 1], ConvTranspose: [2, 3, 0, 1] },
  },
};
